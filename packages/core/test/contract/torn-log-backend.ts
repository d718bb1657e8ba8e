import type { MemorySession } from "../../src/memory-data.js";
import { FragileBackend } from "./fragile-backend.js";
import { copySession, type FragilePlace } from "./fragile-place.js";

interface Log {
  handles: number;
  /** What a reader finds who reads up to the first half-written record; null while there is none. */
  readable: Map<string, MemorySession> | null;
}

const logs = new WeakMap<FragilePlace, Log>();

/**
 * One connection for all handles of a process. A write that failed leaves half a record in the log; what is written behind it is
 * served from memory as long as a handle is open, and missed by whoever reads the log anew.
 */
export class TornLogBackend extends FragileBackend {
  readonly #log: Log;

  constructor(place: FragilePlace) {
    super(place);
    this.#log = logs.get(place) ?? { handles: 0, readable: null };
    this.#log.handles += 1;
    logs.set(place, this.#log);
  }

  override mutate: FragileBackend["mutate"] = async (key, decide, options) => {
    try {
      return await super.mutate(key, decide, options);
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOSPC") this.#log.readable ??= this.#copyAll();
      throw error;
    }
  };

  override async close(): Promise<void> {
    await super.close();
    this.#log.handles -= 1;
    const { handles, readable } = this.#log;
    if (handles > 0 || readable === null) return;
    const { data } = this.place;
    for (const { id } of [...data.heads("")]) {
      const session = readable.get(id);
      if (session === undefined) data.delete({ namespace: "", id });
      else data.set({ namespace: "", id }, session);
    }
    this.#log.readable = null;
  }

  #copyAll(): Map<string, MemorySession> {
    const copies = new Map<string, MemorySession>();
    for (const { id } of this.place.data.heads("")) {
      const session = this.place.data.get({ namespace: "", id });
      if (session !== null) copies.set(id, copySession(session));
    }
    return copies;
  }
}
