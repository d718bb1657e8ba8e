import {
  digest,
  type SessionSnapshot,
  type SessionStore,
  SessionStoreError,
  snapshotOf,
} from "@agent-sessions/core";
import { type ImportedSession, redate } from "@agent-sessions/formats";
import type { OnConflict } from "./on-conflict.js";

/** What became of a session. */
export type TakenSession =
  | { readonly outcome: "imported" | "replaced" | "unchanged" | "conflict" }
  | { readonly outcome: "copied"; readonly copyId: string };

/** What a store holds under an id; in a dry run, what it would hold by now. */
interface Held {
  readonly createdAt: string;
  readonly revision: number;
  readonly digest: string;
}

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
    const held = await this.#held(snapshot.head.id);
    if (held === null) return (await this.#write(snapshot, 0)) ? { outcome: "imported" } : CONFLICT;
    // A copy of a file without times is dated otherwise, and still the same session.
    const found = isDatedByFile ? redate(snapshot, held.createdAt) : snapshot;
    const sha256 = await digest(found);
    if (sha256 === held.digest) return UNCHANGED;
    if (this.#onConflict === "copy") return await this.#copy(found, sha256);
    if (this.#onConflict === "skip" || !(await this.#write(snapshot, held.revision))) return CONFLICT;
    return { outcome: "replaced" };
  }

  /** Under an id that its content determines, so that the same file makes one copy, however often it is imported. */
  async #copy({ head, entries }: SessionSnapshot, sha256: string): Promise<TakenSession> {
    const copyId = `${head.id}-copy-${sha256.slice(0, 12)}`;
    const copy = { head: { ...head, id: copyId }, entries };
    const held = await this.#held(copyId);
    if (held !== null) return held.digest === (await digest(copy)) ? UNCHANGED : CONFLICT;
    return (await this.#write(copy, 0)) ? { outcome: "copied", copyId } : CONFLICT;
  }

  async #held(id: string): Promise<Held | null> {
    const planned = this.#planned.get(id);
    if (planned !== undefined) return planned;
    if (!(await this.#store.exists(id))) return null;
    return await heldAs(await snapshotOf(this.#store, id));
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

const CONFLICT: TakenSession = { outcome: "conflict" };
const UNCHANGED: TakenSession = { outcome: "unchanged" };

async function heldAs(snapshot: SessionSnapshot): Promise<Held> {
  const { createdAt, revision } = snapshot.head;
  return { createdAt, revision, digest: await digest(snapshot) };
}
