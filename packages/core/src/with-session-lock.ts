import { CallOrder } from "./call-order.js";
import { InvalidInputError, SessionNotFoundError } from "./errors.js";
import type { Lifetime } from "./lifetime.js";
import { runInLockScope } from "./lock-scope.js";
import { LockedSessionHandle } from "./locked-session-handle.js";
import { SessionAccess } from "./session-access.js";
import type { BackendLock, SessionKey } from "./session-backend.js";
import type { LockedSession } from "./session-store.js";
import { abortSignal, checkKnownKeys, wholeNumber } from "./store-options.js";
import { type StoreRuntime, turnKey } from "./store-runtime.js";
import { startWait, type Wait } from "./wait.js";

type LockBody<M extends object, S extends object, T> = (session: LockedSession<M, S>) => Promise<T>;

/** Runs `body` while nobody else writes to the session. What the body throws passes through. */
export async function withSessionLock<M extends object, S extends object, T>(
  runtime: StoreRuntime,
  lifetime: Lifetime,
  key: SessionKey,
  body: LockBody<M, S, T>,
  options: unknown,
): Promise<T> {
  const wait = checkLockOptions(options, runtime.lockTimeoutMs);
  if (typeof body !== "function") {
    throw new InvalidInputError("INVALID_OPTIONS", "The body of a lock must be a function.", {
      path: "body",
    });
  }
  runtime.refuseInsideOwnLock(key);
  const endTurn = await runtime.queue.turn(turnKey(key), wait, key.id, "lock");
  try {
    await assertExists(runtime, key);
    const lock = await acquire(runtime, key, wait);
    const release = (): Promise<void> => runtime.call(key.id, () => lock.release());
    let result: T;
    try {
      // It may have been deleted while this call waited for the lock.
      await assertExists(runtime, key);
      result = await runBody(runtime, lifetime, key, lock, body);
    } catch (error) {
      // Why the body failed matters more than that its lock could not be let go as well.
      await release().catch(() => undefined);
      throw error;
    }
    await release();
    return result;
  } finally {
    endTurn();
  }
}

function checkLockOptions(options: unknown, lockTimeoutMs: number): Wait {
  const given = options ?? {};
  checkKnownKeys(given, ["timeoutMs", "signal"], "INVALID_OPTIONS", "the options of withLock", "options");
  const { timeoutMs, signal } = given;
  return startWait(
    timeoutMs === undefined
      ? lockTimeoutMs
      : // Digits in a text are for URLs; here a number is meant.
        wholeNumber({ min: 0, max: 2 ** 31 - 1 })(
          typeof timeoutMs === "string" ? null : timeoutMs,
          "timeoutMs",
        ),
    signal === undefined ? undefined : abortSignal(signal, "signal"),
  );
}

async function assertExists(runtime: StoreRuntime, key: SessionKey): Promise<void> {
  const { backend } = runtime;
  const head = await runtime.call(key.id, () => backend.readHead(key));
  if (head === null) throw new SessionNotFoundError(key.id, key.namespace, backend.location);
}

async function acquire(runtime: StoreRuntime, key: SessionKey, wait: Wait): Promise<BackendLock> {
  return await runtime.callAround(key.id, (callers) =>
    runtime.backend.acquireLock(key, wait).catch((error: unknown) => {
      // The reason of the caller's own signal passes through as it is.
      if (wait.signal?.aborted === true && error === wait.signal.reason) callers(rethrow)(error);
      throw error;
    }),
  );
}

function rethrow(error: unknown): never {
  throw error;
}

async function runBody<M extends object, S extends object, T>(
  runtime: StoreRuntime,
  lifetime: Lifetime,
  key: SessionKey,
  lock: BackendLock,
  body: LockBody<M, S, T>,
): Promise<T> {
  const order = new CallOrder();
  const access = new SessionAccess<M, S>(runtime, key, { lock, order });
  const session = new LockedSessionHandle<M, S>(key.id, access, order);
  const scope = { store: runtime, session: turnKey(key), lifetime };
  try {
    return await runInLockScope(scope, async () => await body(session));
  } finally {
    await session.end();
  }
}
