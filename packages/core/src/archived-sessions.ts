/**
 * Which sessions an archive has read to their end: each in the pass over it that was begun last, for one before that may have had
 * another purpose, such as a checksum.
 */
export class ArchivedSessions {
  readonly #lastPass = new Map<string, object>();
  readonly #whole = new Set<string>();

  get size(): number {
    return this.#whole.size;
  }

  has(id: string): boolean {
    return this.#whole.has(id);
  }

  /** Notes that the entries of a session are read; returns what to call when they were read to their end. */
  beginPass(id: string): () => void {
    const pass = {};
    this.#lastPass.set(id, pass);
    this.#whole.delete(id);
    return () => {
      if (this.#lastPass.get(id) === pass) this.#whole.add(id);
    };
  }

  /** Begins anew, for another look at all sessions. */
  clear(): void {
    this.#lastPass.clear();
    this.#whole.clear();
  }
}
