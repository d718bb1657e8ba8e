import type { Job } from "../job.js";

export interface CountUnderLockParameters {
  readonly session: string;
  /** The key of `state` that is this process's own. */
  readonly key: string;
  readonly times: number;
}

/** Adds 1 by reading and writing under the lock, each told before and after; so a count that is lost shows. */
export const countUnderLock: Job<CountUnderLockParameters, void> = async ({ store, tell }, parameters) => {
  const { session, key, times } = parameters;
  for (let number = 1; number <= times; number++) {
    await tell({ intent: { shared: { session, number } } });
    await store.withLock(session, async (locked) => {
      const { state } = await locked.head();
      const count = (name: string): number => Number(state[name] ?? 0);
      await locked.update({ set: { all: count("all") + 1, [key]: count(key) + 1 } });
    });
    await tell({ acknowledged: true });
  }
};
