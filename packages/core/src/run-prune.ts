import { ArchivedSessions } from "./archived-sessions.js";
import { SessionConflictError } from "./errors.js";
import type { PlannedSession, PruneOptions, PruneProgress, PruneReport } from "./prune.js";
import {
  type CheckedPolicy,
  checkPolicy,
  MAX_TIME_MS,
  PolicyCount,
  type PrunePolicy,
} from "./prune-policy.js";
import type { Entry, SessionSummary } from "./session.js";
import { snapshotOf } from "./session-snapshot.js";
import type { SessionSnapshot, SessionStore } from "./session-store.js";
import { SessionStoreError } from "./session-store-error.js";
import { abortSignal, callback, checkOptions, flag, wholeNumber } from "./store-options.js";

/** See `prune`. */
export async function runPrune<M extends object, S extends object>(
  store: SessionStore<M, S>,
  policy: PrunePolicy,
  options: PruneOptions<M, S>,
): Promise<PruneReport> {
  const { execute: isExecuted = false, now = Date.now() } = checkOptions("prune", options, CHECKS);
  const plan = await planPrune(store, checkPolicy(policy, now), options.signal);
  const work = new PruneWork(store, plan.planned, options);
  if (isExecuted && plan.planned.length > 0) {
    await work.archive();
    await work.delete();
  }
  const { deleted, kept, failed } = work;
  return { executed: isExecuted, ...plan, deleted, kept, failed };
}

const CHECKS = {
  execute: flag,
  archive: callback,
  signal: abortSignal,
  onProgress: callback,
  now: wholeNumber({ min: 0, max: MAX_TIME_MS }),
};

const SESSIONS_PER_PAGE = 1000;

type Plan = Pick<PruneReport, "planned" | "pinned" | "unreadable">;

async function planPrune<M extends object, S extends object>(
  store: SessionStore<M, S>,
  checked: CheckedPolicy,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const { archived, labels, reasons, keepNewest, updatedBefore } = checked;
  const count = new PolicyCount(checked);
  // Newer ones have to be counted when some are kept by number, and else need not even be listed.
  const before = keepNewest === 0 ? (updatedBefore ?? undefined) : undefined;
  const planned: PlannedSession[] = [];
  let pinned = 0;
  let unreadable = 0;
  let cursor: string | undefined;
  do {
    signal?.throwIfAborted();
    const page = await store.list({
      archived,
      labels,
      updatedBefore: before,
      limit: SESSIONS_PER_PAGE,
      cursor,
    });
    for (const session of page.sessions) {
      const verdict = count.judge(session);
      if (verdict === "goes") planned.push({ session, reasons });
      if (verdict === "pinned") pinned++;
    }
    unreadable += page.unreadableCount;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { planned, pinned, unreadable };
}

/** Carries a plan out. */
class PruneWork<M extends object, S extends object> {
  readonly #store: SessionStore<M, S>;
  readonly #planned: readonly PlannedSession[];
  readonly #options: PruneOptions<M, S>;
  /** Null when nobody archives. */
  #archived: ArchivedSessions | null = null;
  readonly deleted: string[] = [];
  readonly kept: string[] = [];
  readonly failed: { id: string; code: string; message: string }[] = [];

  constructor(store: SessionStore<M, S>, planned: readonly PlannedSession[], options: PruneOptions<M, S>) {
    this.#store = store;
    this.#planned = planned;
    this.#options = options;
  }

  async archive(): Promise<void> {
    const { archive } = this.#options;
    if (archive === undefined) return;
    const archived = new ArchivedSessions();
    this.#archived = archived;
    await archive({ [Symbol.asyncIterator]: () => this.#snapshots(archived) });
  }

  async delete(): Promise<void> {
    for (const { session } of this.#planned) {
      this.#options.signal?.throwIfAborted();
      const outcome = await this.#deleteOne(session);
      const done = this.deleted.length + this.kept.length + this.failed.length;
      this.#tell(session.id, outcome, done);
    }
  }

  async *#snapshots(archived: ArchivedSessions): AsyncGenerator<SessionSnapshot<M, S>, void, undefined> {
    archived.clear();
    for (const { session } of this.#planned) {
      this.#options.signal?.throwIfAborted();
      const snapshot = await this.#unchanged(session);
      if (snapshot === null) continue;
      yield {
        head: snapshot.head,
        entries: { [Symbol.asyncIterator]: () => this.#observed(snapshot, archived) },
      };
      if (archived.has(session.id)) this.#tell(session.id, "archived", archived.size);
    }
  }

  /** The session, if it is still as it was planned; null when it changed or is gone. */
  async #unchanged(planned: SessionSummary): Promise<SessionSnapshot<M, S> | null> {
    try {
      const snapshot = await snapshotOf(this.#store, planned.id);
      return isSame(snapshot.head, planned) ? snapshot : null;
    } catch (error) {
      if (SessionStoreError.is(error, "SESSION_NOT_FOUND")) return null;
      throw error;
    }
  }

  async *#observed(
    { head, entries }: SessionSnapshot<M, S>,
    archived: ArchivedSessions,
  ): AsyncGenerator<Entry<M>, void, undefined> {
    const end = archived.beginPass(head.id);
    yield* entries;
    // Head and entries were read at two moments; they belong together only if nothing changed in between.
    const { revision } = await this.#store.head(head.id);
    if (revision !== head.revision) throw new SessionConflictError(head.id, head.revision, revision);
    end();
  }

  async #deleteOne(planned: SessionSummary): Promise<"deleted" | "kept" | "failed"> {
    const { id, revision } = planned;
    try {
      const isReady = this.#archived?.has(id) ?? true;
      // Another session of that id, made meanwhile, may be at the same revision.
      const isDeleted =
        isReady &&
        isSame(await this.#store.head(id), planned) &&
        (await this.#store.delete(id, { expectedRevision: revision }));
      (isDeleted ? this.deleted : this.kept).push(id);
      return isDeleted ? "deleted" : "kept";
    } catch (error) {
      if (!SessionStoreError.is(error) || error.code === "STORE_CLOSED") throw error;
      if (error.code === "SESSION_CONFLICT" || error.code === "SESSION_NOT_FOUND") {
        this.kept.push(id);
        return "kept";
      }
      this.failed.push({ id, code: error.code, message: error.message });
      return "failed";
    }
  }

  #tell(id: string, outcome: PruneProgress["outcome"], done: number): void {
    this.#options.onProgress?.({ id, outcome, done, total: this.#planned.length });
  }
}

function isSame(head: SessionSummary, planned: SessionSummary): boolean {
  return head.revision === planned.revision && head.createdAt === planned.createdAt;
}
