import type { LockedSession, SessionStore } from "../session-store.js";
import type { ClauseContext } from "./clause.js";
import { createGate } from "./gate.js";

/** A lock that is held by a body of its own, so that the test's calls come from outside of it. */
export interface HeldLock {
  readonly session: LockedSession;
  /** Ends the body and waits until the lock is free. */
  release(): Promise<void>;
}

/** Takes the lock and keeps it until `release`, or until the clause is over. */
export async function holdLock(
  { defer }: Pick<ClauseContext, "defer">,
  store: SessionStore,
  id: string,
): Promise<HeldLock> {
  const entered = createGate();
  const leave = createGate();
  const held: LockedSession[] = [];
  const done = store.withLock(id, async (session) => {
    held.push(session);
    entered.open();
    await leave.passed;
  });
  defer(async () => leave.open());
  await Promise.race([entered.passed, done]);
  const [session] = held;
  if (session === undefined) throw new Error("withLock resolved without running its body");
  return {
    session,
    release: async () => {
      leave.open();
      await done;
    },
  };
}
