import {
  digest,
  type SessionHead,
  type SessionSnapshot,
  type SessionStore,
  SessionStoreError,
  snapshotOf,
} from "@agent-sessions/core";
import { type ImportedSession, redate } from "@agent-sessions/formats";
import type { OnConflict } from "./on-conflict.js";

/** What became of a session. */
export type TakenSession =
  | { readonly outcome: "imported" | "unchanged" | "conflict" }
  | { readonly outcome: "replaced"; readonly before: SessionHead }
  | { readonly outcome: "copied"; readonly copyId: string };

/** What a store holds under an id; in a dry run, what it would hold by now. */
interface Held {
  readonly head: SessionHead;
  readonly digest: string;
}

/** How often a session is looked at anew because somebody else keeps on writing it. */
const MAX_LOOKS = 10;

/** A store that sessions are imported into, each one whole or not at all. */
export class ImportTarget {
  readonly #store: SessionStore;
  readonly #onConflict: OnConflict;
  readonly #dryRun: boolean;
  /** Only of a dry run: two files may hold sessions of one id. */
  readonly #planned = new Map<string, Held>();

  constructor(
    store: SessionStore,
    options: { readonly onConflict?: OnConflict | undefined; readonly dryRun?: boolean | undefined },
  ) {
    this.#store = store;
    this.#onConflict = options.onConflict ?? "skip";
    this.#dryRun = options.dryRun ?? false;
  }

  /** @throws {SessionStoreError} what reading or storing it throws */
  async take({ snapshot, isDatedByFile }: ImportedSession): Promise<TakenSession> {
    return await this.#settle(snapshot.head.id, async (held) => {
      if (held === null) return (await this.#write(snapshot, 0)) ? IMPORTED : null;
      // A copy of a file without times is dated otherwise, and still the same session.
      const found = isDatedByFile ? redate(snapshot, held.head.createdAt) : snapshot;
      const sha256 = await digest(found);
      if (sha256 === held.digest) return UNCHANGED;
      if (this.#onConflict === "copy") return await this.#copy(found, sha256);
      if (this.#onConflict === "skip") return CONFLICT;
      const isWritten = await this.#write(snapshot, held.head.revision);
      return isWritten ? { outcome: "replaced", before: held.head } : null;
    });
  }

  /**
   * Decides by what the store holds; anew, where `decide` gives null because somebody else wrote that session meanwhile. Another import of
   * the same files did the same work, and is no conflict.
   */
  async #settle(
    id: string,
    decide: (held: Held | null) => Promise<TakenSession | null>,
  ): Promise<TakenSession> {
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const taken = await decide(await this.#held(id));
      if (taken !== null) return taken;
    }
    return CONFLICT;
  }

  /** Under an id that its content determines, so that the same file makes one copy, however often it is imported. */
  async #copy({ head, entries }: SessionSnapshot, sha256: string): Promise<TakenSession> {
    const copyId = `${head.id}-copy-${sha256.slice(0, 12)}`;
    const copy = { head: { ...head, id: copyId }, entries };
    return await this.#settle(copyId, async (held) => {
      if (held !== null) return held.digest === (await digest(copy)) ? UNCHANGED : CONFLICT;
      return (await this.#write(copy, 0)) ? { outcome: "copied", copyId } : null;
    });
  }

  async #held(id: string): Promise<Held | null> {
    const planned = this.#planned.get(id);
    if (planned !== undefined) return planned;
    if (!(await this.#store.exists(id))) return null;
    try {
      return await heldAs(await snapshotOf(this.#store, id));
    } catch (error) {
      // Somebody else deleted it meanwhile.
      if (SessionStoreError.is(error, "SESSION_NOT_FOUND")) return null;
      throw error;
    }
  }

  /** False when somebody else has written that session since it was looked at. */
  async #write(snapshot: SessionSnapshot, expectedRevision: number): Promise<boolean> {
    if (this.#dryRun) {
      this.#planned.set(snapshot.head.id, await heldAs(snapshot));
      return true;
    }
    try {
      await this.#store.restore(snapshot, { expectedRevision });
      return true;
    } catch (error) {
      if (SessionStoreError.is(error, "SESSION_CONFLICT")) return false;
      throw error;
    }
  }
}

const IMPORTED: TakenSession = { outcome: "imported" };
const CONFLICT: TakenSession = { outcome: "conflict" };
const UNCHANGED: TakenSession = { outcome: "unchanged" };

async function heldAs(snapshot: SessionSnapshot): Promise<Held> {
  return { head: snapshot.head, digest: await digest(snapshot) };
}
