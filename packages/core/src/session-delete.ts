import type { SessionKey } from "./session-backend.js";
import { checkWriteOptions } from "./session-content.js";
import { SessionStoreError } from "./session-store-error.js";
import type { StoreRuntime } from "./store-runtime.js";
import type { Wait } from "./wait.js";
import { expectRevision } from "./write-rules.js";

/** Removes a session, in its turn among the writes of this store. @see SessionStore.delete */
export async function deleteSession(
  runtime: StoreRuntime,
  key: SessionKey,
  options: unknown,
): Promise<boolean> {
  const { backend } = runtime;
  const expected = checkWriteOptions(options, "delete");
  const remove = async (_: undefined, wait: Wait): Promise<boolean> =>
    await runtime.call(key.id, () =>
      expected === undefined
        ? backend.remove(key, { wait, lock: null })
        : removeExpected(runtime, key, expected, wait),
    );
  return await runtime.inTurn(key, () => undefined, remove);
}

/** Between the look at the revision and the removal nobody may write: so both happen under the session's lock. */
async function removeExpected(
  runtime: StoreRuntime,
  key: SessionKey,
  expected: number,
  wait: Wait,
): Promise<boolean> {
  const { backend } = runtime;
  const isExpected = async (): Promise<boolean> => {
    const head = await backend.readHead(key);
    if (head !== null) expectRevision({ head }, expected, runtime.scene(key));
    return head !== null;
  };
  // First without the lock, which cannot be had for what is not there.
  if (!(await isExpected())) return false;
  const lock = await backend.acquireLock(key, wait).catch((error: unknown) => {
    // Deleted meanwhile.
    if (SessionStoreError.is(error, "SESSION_NOT_FOUND")) return null;
    throw error;
  });
  if (lock === null) return false;
  try {
    return (await isExpected()) && (await backend.remove(key, { wait, lock }));
  } finally {
    // What is deleted is deleted, and why it could not be deleted matters more: a lock that cannot be let go dies with its process.
    await lock.release().catch(() => undefined);
  }
}
