import { digest, startDigest } from "./digest.js";
import { SessionConflictError } from "./errors.js";
import type { MigrateOptions, MigrationFailure, MigrationProgress, MigrationReport } from "./migrate.js";
import type { Entry, SessionHead } from "./session.js";
import { checkNamespace } from "./session-id.js";
import { snapshotOf } from "./session-snapshot.js";
import type { SessionSnapshot, SessionStore } from "./session-store.js";
import { SessionStoreError } from "./session-store-error.js";
import { abortSignal, arrayOf, callback, checkOptions, flag } from "./store-options.js";

const CHECKS = {
  namespaces: arrayOf(checkNamespace),
  dryRun: flag,
  signal: abortSignal,
  onProgress: callback,
};

const SESSIONS_PER_PAGE = 200;
/** How often a session is copied again because it changed meanwhile, before it is copied under its lock. */
const MAX_FREE_TRIES = 3;

/** See `migrate`. */
export async function runMigration<M extends object, S extends object>(
  source: SessionStore<M, S>,
  target: SessionStore<M, S>,
  options: MigrateOptions,
): Promise<MigrationReport> {
  const { dryRun = false, namespaces = source.namespaces() } = checkOptions("migrate", options, CHECKS);
  const conflicts: { namespace: string; id: string }[] = [];
  const failed: MigrationFailure[] = [];
  let copied = 0;
  let unchanged = 0;
  let messages = 0;
  let verified = 0;
  let done = 0;
  const tell = (namespace: string, id: string, outcome: MigrationProgress["outcome"]): void => {
    options.onProgress?.({ namespace, id, outcome, done: ++done });
  };
  for await (const namespace of namespaces) {
    const from = source.inNamespace(namespace);
    const to = target.inNamespace(namespace);
    for await (const item of sessionsOf(from)) {
      options.signal?.throwIfAborted();
      if ("code" in item) {
        failed.push({ namespace, ...item });
        tell(namespace, item.id, "failed");
        continue;
      }
      const result = await moveSession(from, to, item.id, dryRun);
      switch (result.outcome) {
        case "copied":
          copied += 1;
          messages += result.messages;
          verified += result.verified;
          break;
        case "unchanged":
          unchanged += 1;
          verified += 1;
          break;
        case "conflict":
          conflicts.push({ namespace, id: item.id });
          break;
        case "failed":
          failed.push({ namespace, id: item.id, code: result.code, message: result.message });
          break;
        default:
          continue;
      }
      tell(namespace, item.id, result.outcome);
    }
    await from.close();
    await to.close();
  }
  return { copied, unchanged, messages, verified, conflicts, failed };
}

type Move =
  | { readonly outcome: "copied"; readonly messages: number; readonly verified: 0 | 1 }
  | { readonly outcome: "unchanged" | "conflict" | "vanished" }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string };

async function* sessionsOf(
  store: Pick<SessionStore, "list">,
): AsyncGenerator<
  { readonly id: string } | { readonly id: string; readonly code: string; readonly message: string }
> {
  let cursor: string | undefined;
  do {
    const page = await store.list({ orderBy: "id", limit: SESSIONS_PER_PAGE, cursor });
    yield* page.unreadable;
    if (page.unreadableCount > page.unreadable.length) {
      const more = page.unreadableCount - page.unreadable.length;
      yield {
        id: "",
        code: "SESSION_CORRUPTED",
        message: `${more} more sessions are unreadable; verify() names them all.`,
      };
    }
    for (const { id } of page.sessions) yield { id };
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function moveSession<M extends object, S extends object>(
  from: SessionStore<M, S>,
  to: SessionStore<M, S>,
  id: string,
  dryRun: boolean,
): Promise<Move> {
  try {
    if (await to.exists(id)) {
      const isEqual = (await digest(await snapshotOf(from, id))) === (await digest(await snapshotOf(to, id)));
      return { outcome: isEqual ? "unchanged" : "conflict" };
    }
    if (dryRun) return { outcome: "copied", messages: (await from.head(id)).messageCount, verified: 0 };
    return await copyStable(from, to, id);
  } catch (error) {
    // Deleted from the source while it was being moved: there is nothing to move any more.
    if (SessionStoreError.is(error, "SESSION_NOT_FOUND") && !(await from.exists(id)))
      return { outcome: "vanished" };
    // A store that was closed meanwhile would fail every session that is left.
    if (!SessionStoreError.is(error) || error.code === "STORE_CLOSED") throw error;
    return { outcome: "failed", code: error.code, message: error.message };
  }
}

/** Copies a session that may be written to meanwhile: a few times freely, then under its lock. */
async function copyStable<M extends object, S extends object>(
  from: SessionStore<M, S>,
  to: SessionStore<M, S>,
  id: string,
): Promise<Move> {
  for (let tries = 0; tries < MAX_FREE_TRIES; tries++) {
    try {
      return await copyOnce(() => from.head(id), await snapshotOf(from, id), to);
    } catch (error) {
      if (!isOvertaken(error, id)) throw error;
    }
  }
  return await from.withLock(id, async (session) => {
    const head = await session.head();
    return await copyOnce(() => session.head(), { head, entries: session.messages() }, to);
  });
}

async function copyOnce<M extends object, S extends object>(
  presentHead: () => Promise<SessionHead<S>>,
  { head, entries }: SessionSnapshot<M, S>,
  to: SessionStore<M, S>,
): Promise<Move> {
  const running = startDigest(head);
  async function* observed(): AsyncGenerator<Entry<M>, void, undefined> {
    for await (const entry of entries) {
      running.add(entry);
      yield entry;
    }
    // Head and entries were read at two moments; they belong together only if the session did not change in between. The times tell
    // it from another one of that id, made meanwhile, which may be at the same revision.
    const { revision, createdAt, updatedAt } = await presentHead();
    if (revision !== head.revision || createdAt !== head.createdAt || updatedAt !== head.updatedAt) {
      throw new SessionConflictError(head.id, head.revision, revision);
    }
  }
  await to.restore({ head, entries: observed() }, { expectedRevision: 0 });
  const written = await digest(await snapshotOf(to, head.id));
  if (written === running.end()) return { outcome: "copied", messages: head.messageCount, verified: 1 };
  return {
    outcome: "failed",
    code: "SESSION_CONFLICT",
    message: `Session ${JSON.stringify(head.id)} reads back from ${to.location} with another digest than it was written with.`,
  };
}

function isOvertaken(error: unknown, id: string): boolean {
  return (
    SessionStoreError.is(error, "SESSION_CONFLICT") &&
    error.sessionId === id &&
    error.details["expectedRevision"] !== 0
  );
}
