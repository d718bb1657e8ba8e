import type { IndexDamage } from "../../src/contract.js";
import { createMemoryData, type MemoryData } from "../../src/memory.js";
import type { MemorySession } from "../../src/memory-data.js";
import type { SessionKey } from "../../src/session-backend.js";

/** A place in memory, with all the damage that can be done to one. */
export class FragilePlace {
  readonly data: MemoryData = createMemoryData();
  readonly damaged: Map<string, "head" | "transcript"> = new Map();
  readonly undeletable: Set<string> = new Set();
  readonly folders: Set<string> = new Set();
  readonly newer: Set<string> = new Set();
  /** Sessions whose newest commit was torn off. */
  readonly torn: Map<string, true> = new Map();
  /** What each session was before its newest commit. */
  readonly before: Map<string, MemorySession | null> = new Map();
  readonly backups: Map<string, FragilePlace> = new Map();
  /** What a faulty store left lying in the place, and around it. */
  readonly litter: Set<string> = new Set();
  readonly outside: Set<string> = new Set();
  /** The rows of a faulty store's own index. */
  indexRows: ReadonlySet<string> = new Set();
  isForeign = false;
  isFull = false;
  isReadOnly = false;
  hasStrays = false;
  index: { readonly damage: IndexDamage; readonly id: string } | null = null;
  fileMode = 0o600;

  /** @throws as the operating system would */
  assertWritable(): void {
    if (this.isFull) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    if (this.isReadOnly) throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
  }

  /** Every session by name, with a fingerprint that a rewrite with equal content changes too. */
  snapshot(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const name of this.litter) found[name] = "litter";
    if (this.isForeign) found["foreign"] = "untouched";
    for (const namespace of this.data.namespaces()) {
      for (const { id } of this.data.heads(namespace)) {
        const session = this.data.get({ namespace, id });
        if (session === null) continue;
        found[keyText({ namespace, id })] =
          `${identityOf(session)} ${JSON.stringify([session.head, session.entries])}`;
      }
    }
    return found;
  }
}

export function keyText(key: SessionKey): string {
  return JSON.stringify([key.namespace, key.id]);
}

export function copySession(session: MemorySession): MemorySession {
  return { head: session.head, entries: [...session.entries], operations: new Map(session.operations) };
}

const identities = new WeakMap<object, number>();
let identitiesGiven = 0;

/** Stands for a modification time. */
function identityOf(session: object): number {
  const identity = identities.get(session) ?? ++identitiesGiven;
  identities.set(session, identity);
  return identity;
}
