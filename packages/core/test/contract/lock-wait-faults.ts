import type { Wait } from "../../src/wait.js";
import { backend, type Fault, methods } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

/** The same wait, measured by the clock on the wall. */
function byWallClock(wait: Wait): Wait {
  const endsAt = Date.now() + wait.deadline - performance.now();
  return {
    timeoutMs: wait.timeoutMs,
    signal: wait.signal,
    get deadline() {
      return performance.now() + endsAt - Date.now();
    },
  };
}

export const lockWaitFaults: readonly Fault[] = [
  {
    name: "takes a timeout of 0 for the default",
    open: methods((inner) => ({
      withLock: (id, body, options) =>
        inner.withLock(id, body, options?.timeoutMs === 0 ? { ...options, timeoutMs: 20 } : options),
    })),
    trips: ["lock.timeout"],
  },
  {
    name: "does not hear an AbortSignal",
    open: methods((inner) => ({
      withLock: (id, body, options) => {
        const { signal, ...rest } = { ...options };
        return signal === undefined || typeof signal !== "object"
          ? inner.withLock(id, body, options)
          : inner.withLock(id, body, { ...rest, timeoutMs: 50 });
      },
    })),
    trips: ["lock.timeout", "errors.callers-own"],
  },
  {
    name: "measures how long it waits by the clock on the wall",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = (key, decide, options) =>
            super.mutate(key, decide, { ...options, wait: byWallClock(options.wait) });
        })(place),
    ),
    hangs: true,
    trips: ["lock.clock-steps"],
  },
];
