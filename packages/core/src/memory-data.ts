import type { BackendLock, SessionKey, StoredHead } from "./session-backend.js";

/** A message as memory keeps it: its JSON text, so that nothing is ever shared with a caller. */
export interface MemoryEntry {
  readonly at: string;
  readonly json: string;
}

export interface MemorySession {
  readonly head: StoredHead;
  /** Only ever pushed to: a reader that knows its count keeps a stable view. A cut makes a new array. */
  readonly entries: MemoryEntry[];
  /** Fingerprints by operation id, oldest first. */
  readonly operations: Map<string, string>;
}

/** What memory stores hold; several handles may share one. */
export class MemoryData {
  readonly #namespaces = new Map<string, Map<string, MemorySession>>();
  readonly #locks = new Map<string, BackendLock>();

  get(key: SessionKey): MemorySession | null {
    return this.#namespaces.get(key.namespace)?.get(key.id) ?? null;
  }

  set(key: SessionKey, session: MemorySession): void {
    const sessions = this.#namespaces.get(key.namespace);
    if (sessions === undefined) this.#namespaces.set(key.namespace, new Map([[key.id, session]]));
    else sessions.set(key.id, session);
  }

  delete(key: SessionKey): boolean {
    const sessions = this.#namespaces.get(key.namespace);
    const deleted = sessions?.delete(key.id) ?? false;
    if (sessions?.size === 0) this.#namespaces.delete(key.namespace);
    return deleted;
  }

  namespaces(): readonly string[] {
    return [...this.#namespaces.keys()];
  }

  *heads(namespace: string): Generator<StoredHead, void, undefined> {
    for (const session of this.#namespaces.get(namespace)?.values() ?? []) yield session.head;
  }

  /** The lock on a session, taken now; null when somebody holds it. */
  tryLock(key: SessionKey): BackendLock | null {
    const name = JSON.stringify([key.namespace, key.id]);
    if (this.#locks.has(name)) return null;
    const lock: BackendLock = {
      key,
      release: async () => {
        if (this.#locks.get(name) === lock) this.#locks.delete(name);
      },
    };
    this.#locks.set(name, lock);
    return lock;
  }

  /** Whether a write must wait: the session is locked, and not by `own`. */
  isLocked(key: SessionKey, own: BackendLock | null): boolean {
    const holder = this.#locks.get(JSON.stringify([key.namespace, key.id]));
    return holder !== undefined && holder !== own;
  }
}

export function createMemoryData(): MemoryData {
  return new MemoryData();
}
