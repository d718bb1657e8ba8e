import { AsyncLocalStorage } from "node:async_hooks";
import type { Lifetime } from "./lifetime.js";

/** A lock body under way: what lets a store see that it would wait for itself. */
interface LockScope {
  readonly store: object;
  readonly session: string;
  readonly lifetime: Lifetime;
  isActive: boolean;
}

// Follows the calls that a lock body makes; holds no state of its own.
const scopes = new AsyncLocalStorage<readonly LockScope[]>();

/** Runs a lock body so that `isInsideLock` sees it in everything that the body calls. */
export async function runInLockScope<T>(
  scope: Pick<LockScope, "store" | "session" | "lifetime">,
  body: () => Promise<T>,
): Promise<T> {
  const entered: LockScope = { ...scope, isActive: true };
  // Only those still active: a task that each body starts anew would otherwise carry every body before it, for ever.
  const outer = (scopes.getStore() ?? []).filter((other) => other.isActive);
  try {
    return await scopes.run([...outer, entered], body);
  } finally {
    // Work that the body left running still sees the scope, but no longer holds the lock.
    entered.isActive = false;
  }
}

/** Whether the caller runs inside an active lock body that passes `test`. */
export function isInsideLock(
  test: (scope: Pick<LockScope, "store" | "session" | "lifetime">) => boolean,
): boolean {
  return (scopes.getStore() ?? []).some((scope) => scope.isActive && test(scope));
}
