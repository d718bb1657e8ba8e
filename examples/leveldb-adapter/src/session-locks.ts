import type { BackendLock, SessionKey } from "@agent-sessions/core/backend";

/** Who may write to which session. LevelDB lets one process in, so memory is the place for it. */
export class SessionLocks {
  readonly #held = new Map<string, BackendLock>();

  /** The session's lock, taken now; null when somebody holds it. */
  tryLock(key: SessionKey): BackendLock | null {
    const name = JSON.stringify([key.namespace, key.id]);
    if (this.#held.has(name)) return null;
    const lock: BackendLock = {
      key,
      release: async () => {
        // A second release must not free the lock that somebody else has got since.
        if (this.#held.get(name) === lock) this.#held.delete(name);
      },
    };
    this.#held.set(name, lock);
    return lock;
  }
}
