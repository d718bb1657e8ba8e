import { digest, type SessionStore, SessionStoreError, snapshotOf } from "@agent-sessions/core";
import { type ImportedSession, readSessions, type Unreadable } from "@agent-sessions/formats";
import type { ImportFailure, ImportReport } from "./import-report.js";

export interface ImportProgress {
  readonly path: string;
  /** Null for what is no session, or could not be read. */
  readonly id: string | null;
  readonly outcome: "imported" | "unchanged" | "conflict" | "failed" | "no session";
}

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each session and each file without one. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** Reads every session of `paths` into `store`, each one whole or not at all. Nothing is overwritten. */
export async function importSessions(
  store: SessionStore,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const conflicts: { id: string; path: string }[] = [];
  const failures: ImportFailure[] = [];
  const others: Unreadable[] = [];
  let imported = 0;
  let unchanged = 0;
  let messages = 0;
  for await (const item of readSessions(paths, { signal: options.signal })) {
    const { path } = item;
    if (item.kind === "unreadable") {
      if (item.fault === "damaged") failures.push({ path, line: item.line, id: null, reason: item.reason });
      else others.push(item);
      options.onProgress?.({ path, id: null, outcome: item.fault === "damaged" ? "failed" : "no session" });
      continue;
    }
    const { id, messageCount } = item.snapshot.head;
    const result = await importOne(store, item);
    switch (result.outcome) {
      case "imported":
        imported++;
        messages += messageCount;
        break;
      case "unchanged":
        unchanged++;
        break;
      case "conflict":
        conflicts.push({ id, path });
        break;
      case "failed":
        failures.push({ path, line: null, id, reason: result.reason });
        break;
    }
    options.onProgress?.({ path, id, outcome: result.outcome });
  }
  const skipped = unchanged + conflicts.length;
  const failed = failures.length;
  return {
    found: imported + skipped + failed,
    imported,
    skipped,
    failed,
    messages,
    conflicts,
    failures,
    others,
  };
}

type Outcome =
  | { readonly outcome: "imported" | "unchanged" | "conflict" }
  | { readonly outcome: "failed"; readonly reason: string };

async function importOne(store: SessionStore, { snapshot }: ImportedSession): Promise<Outcome> {
  const { id } = snapshot.head;
  try {
    if (await store.exists(id)) {
      const isEqual = (await digest(snapshot)) === (await digest(await snapshotOf(store, id)));
      return { outcome: isEqual ? "unchanged" : "conflict" };
    }
    await store.restore(snapshot, { expectedRevision: 0 });
    return { outcome: "imported" };
  } catch (error) {
    if (!SessionStoreError.is(error)) throw error;
    // Somebody else created it between the look and the write.
    if (error.code === "SESSION_CONFLICT") return { outcome: "conflict" };
    if (!isAboutThisSession(error)) throw error;
    return { outcome: "failed", reason: `${error.code} ${error.message}` };
  }
}

/** A store that is closed, full or not a store at all ends the import; one session that cannot be kept does not. */
function isAboutThisSession(error: SessionStoreError): boolean {
  return !["STORE_CLOSED", "STORE_IO", "STORE_INCOMPATIBLE", "INVALID_OPTIONS"].includes(error.code);
}
