import type { HeadChange } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { compareCodePoints } from "../../src/text.js";
import { backend, type Fault, methods, tampering, withoutExpectation } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const updateFaults: readonly Fault[] = [
  {
    name: "adds labels instead of replacing them",
    open: tampering((commit, current) => {
      if (current === null || commit.entries.length > 0) return commit;
      const labels = [...new Set([...current.head.labels, ...commit.head.labels])].sort();
      return { ...commit, head: { ...commit.head, labels } };
    }),
    trips: ["value.labels-are-a-set", "save.creates-or-replaces", "update.fields", "list.filters"],
  },
  {
    name: "moves updatedAt with housekeeping",
    open: backend(
      (place, { clock = Date.now }) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = (key, decide, options) =>
            super.mutate(
              key,
              (current) => {
                const commit = decide(current);
                if (commit === null || current === null || commit.head.updatedAt !== current.head.updatedAt)
                  return commit;
                const now = new Date(clock()).toISOString();
                return {
                  ...commit,
                  head: {
                    ...commit.head,
                    updatedAt: laterOf(now, commit.head.updatedAt),
                  },
                };
              },
              options,
            );
        })(place),
    ),
    trips: ["update.housekeeping-keeps-updatedAt", "list.order"],
  },
  {
    name: "leaves updatedAt when the state changes",
    open: tampering((commit, current) => {
      if (current === null || commit.entries.length > 0 || commit.keep !== current.head.messageCount)
        return commit;
      if (JSON.stringify(commit.head.usage) !== JSON.stringify(current.head.usage)) return commit;
      return { ...commit, head: { ...commit.head, updatedAt: current.head.updatedAt } };
    }),
    trips: ["update.state-moves-updatedAt"],
  },
  {
    name: "counts a change that changes nothing",
    open: methods((inner) => ({
      update: async (id, change, options) => {
        const before = await inner.head(id).catch(() => null);
        const head = await inner.update(id, change, options);
        if (before?.revision !== head.revision || typeof change === "function") return head;
        return { ...head, revision: head.revision + 1 };
      },
    })),
    trips: ["value.labels-are-a-set", "update.nothing"],
  },
  {
    name: "creates a session that it is to update",
    open: methods((inner) => ({
      update: async (id, change, options) => {
        if (typeof change !== "function" && options === undefined) {
          await inner.append(id, [], { createIfMissing: true }).catch(() => undefined);
        }
        return await inner.update(id, change, options);
      },
    })),
    trips: ["open.creates-nothing", "update.missing", "delete.no-resurrection"],
  },
  {
    name: "ignores the revision that an update expects",
    open: methods((inner) => ({
      update: (id, change, options) =>
        inner.update(
          id,
          change,
          Number.isInteger(options?.expectedRevision) ? withoutExpectation(options) : options,
        ),
    })),
    trips: ["value.bad-options", "update.expected-revision", "update.function-once"],
  },
  {
    name: "replaces the whole parent when a path is set",
    open: methods((inner) => ({
      update: (id, change, options) => {
        const set: unknown = typeof change === "function" ? undefined : change?.set;
        if (!Array.isArray(set) || set.length !== 1 || !Array.isArray(set[0]))
          return inner.update(id, change, options);
        const [path, value] = set[0] as [unknown, unknown];
        if (!Array.isArray(path) || path.length !== 2 || value === undefined)
          return inner.update(id, change, options);
        return inner.update(
          id,
          { set: [[[path[0] as string], { [path[1] as string]: value as string }]] },
          options,
        );
      },
    })),
    trips: ["update.documents"],
  },
  {
    name: "joins path arrays with dots",
    open: methods((inner) => ({
      update: (id, change, options) => {
        const set: unknown = typeof change === "function" ? undefined : change?.set;
        if (!Array.isArray(set) || set.length !== 1 || !Array.isArray(set[0]) || set[0].length !== 2)
          return inner.update(id, change, options);
        const [path, value] = set[0] as [unknown, unknown];
        if (!Array.isArray(path) || path.length === 0 || path.includes("__proto__") || value === undefined)
          return inner.update(id, change, options);
        return inner.update(
          id,
          { ...(change as HeadChange), set: { [path.join(".")]: value as string } },
          options,
        );
      },
    })),
    trips: ["update.documents", "update.paths"],
  },
  {
    name: "takes a bad path for no change",
    open: methods((inner) => ({
      update: async (id, change, options) => {
        try {
          return await inner.update(id, change, options);
        } catch (error) {
          const isByPath =
            typeof change === "object" &&
            change !== null &&
            "set" in change &&
            Object.hasOwn(change.set ?? {}, "scalar.x");
          if (isByPath && SessionStoreError.is(error, "INVALID_VALUE")) return await inner.head(id);
          throw error;
        }
      },
    })),
    trips: ["update.paths"],
  },
  {
    name: "walks paths into prototypes",
    open: methods((inner) => ({
      update: (id, change, options) => {
        const set = typeof change === "object" ? change?.set : undefined;
        if (typeof set === "object" && set !== null && Object.hasOwn(set, "x.__proto__.polluted"))
          POLLUTED.push(Object.assign(Object.prototype, { polluted: true }));
        return inner.update(id, change, options);
      },
    })),
    trips: ["update.no-pollution"],
  },
  {
    name: "calls an update function twice",
    open: methods((inner) => ({
      update: (id, change, options) =>
        inner.update(
          id,
          typeof change !== "function"
            ? change
            : (head) => {
                change(head);
                return change(head);
              },
          options,
        ),
    })),
    trips: ["update.function-once"],
  },
  {
    name: "wraps what an update function throws",
    open: methods((inner) => ({
      update: async (id, change, options) => {
        try {
          return await inner.update(id, change, options);
        } catch (error) {
          throw SessionStoreError.is(error)
            ? error
            : new SessionStoreError("STORE_IO", "it failed", { cause: error });
        }
      },
    })),
    trips: ["update.function-once", "errors.callers-own"],
  },
  {
    name: "takes a promised change for no change",
    open: methods((inner) => ({
      update: (id, change, options) =>
        inner.update(
          id,
          typeof change !== "function"
            ? change
            : (head) => {
                const result: unknown = change(head);
                return result instanceof Promise ? {} : (result as HeadChange);
              },
          options,
        ),
    })),
    trips: ["update.function-sync"],
  },
  {
    name: "reads, calls the update function, then writes",
    open: methods((inner) => ({
      update: async (id, change, options) => {
        if (typeof change !== "function") return await inner.update(id, change, options);
        return await inner.update(id, change(await inner.head(id)), options);
      },
    })),
    trips: ["update.function-atomic", "calls.in-order"],
  },
];

/** What "walks paths into prototypes" has done, to be taken back after its run. */
const POLLUTED: object[] = [];

export function cleanPrototypes(): void {
  for (const prototype of POLLUTED.splice(0)) Reflect.deleteProperty(prototype, "polluted");
}

function laterOf(a: string, b: string): string {
  return compareCodePoints(a, b) > 0 ? a : b;
}
