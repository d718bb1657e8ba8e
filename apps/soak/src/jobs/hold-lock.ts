import type { Job } from "../job.js";

/** Takes a session's lock and keeps it until the process is killed. */
export const holdLock: Job<{ readonly session: string }, void> = async ({ store, tell }, { session }) => {
  await store.withLock(session, async () => {
    await tell({ held: true });
    await new Promise(() => undefined);
  });
};
