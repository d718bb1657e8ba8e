import { type SessionHead, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import { type FormatName, readSessions, type Unreadable } from "@agent-sessions/formats";
import type { ImportFailure, ImportReport } from "./import-report.js";
import { ImportTarget, type TakenSession } from "./import-target.js";
import type { OnConflict } from "./on-conflict.js";
import { type ReplacedSession, replacement } from "./replaced-session.js";

export interface ImportProgress {
  readonly path: string;
  /** Null for what is no session, or could not be read. */
  readonly id: string | null;
  readonly outcome: TakenSession["outcome"] | "failed" | "incomplete" | "no session";
}

export interface ImportOptions {
  /** Reads files as this format alone. @default every format */
  readonly format?: FormatName | undefined;
  /** What becomes of a session whose id is taken by one with other content. @default "skip" */
  readonly onConflict?: OnConflict | undefined;
  /** Compares, and writes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each session and each file without one. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** Reads every session of `paths` into `store`, each one whole or not at all. What is there already with the same content is left. */
export async function importSessions(
  store: SessionStore,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const target = new ImportTarget(store, options);
  const tally = new Tally(store.namespace);
  for await (const item of readSessions(paths, { format: options.format, signal: options.signal })) {
    const { path } = item;
    if (item.kind === "unreadable") {
      const outcome = tally.addUnreadable(item);
      options.onProgress?.({ path, id: null, outcome });
      continue;
    }
    const { head } = item.snapshot;
    const { id } = head;
    try {
      const taken = await target.take(item);
      tally.add(taken, head, path);
      options.onProgress?.({ path, id, outcome: taken.outcome });
    } catch (error) {
      if (!SessionStoreError.is(error) || !isAboutThisSession(error, path)) throw error;
      const reason = `${error.code} ${error.message}`;
      tally.failures.push({ path, line: null, id, reason, isOfFile: false });
      options.onProgress?.({ path, id, outcome: "failed" });
    }
  }
  return tally.report;
}

/** A store that is closed, full or not a store at all ends the import; one session that cannot be read or kept does not. */
function isAboutThisSession(error: SessionStoreError, path: string): boolean {
  const isOfStore = ["STORE_CLOSED", "STORE_IO", "STORE_INCOMPATIBLE", "INVALID_OPTIONS"].includes(
    error.code,
  );
  return !isOfStore || error.location === path;
}

class Tally {
  readonly failures: ImportFailure[] = [];
  readonly #conflicts: { id: string; path: string }[] = [];
  readonly #replaced: ReplacedSession[] = [];
  readonly #copied: { id: string; path: string; copyId: string }[] = [];
  readonly #incomplete: Unreadable[] = [];
  readonly #others: Unreadable[] = [];
  readonly #otherNamespaces = new Set<string>();
  readonly #namespace: string;
  #imported = 0;
  #unchanged = 0;
  #messages = 0;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  add(taken: TakenSession, head: SessionHead, path: string): void {
    const { id, namespace } = head;
    if (namespace !== "" && namespace !== this.#namespace) this.#otherNamespaces.add(namespace);
    if (taken.outcome === "unchanged") this.#unchanged++;
    else if (taken.outcome === "conflict") this.#conflicts.push({ id, path });
    else {
      this.#imported++;
      this.#messages += head.messageCount;
      if (taken.outcome === "replaced") this.#replaced.push(replacement(path, taken.before, head));
      if (taken.outcome === "copied") this.#copied.push({ id, path, copyId: taken.copyId });
    }
  }

  addUnreadable(item: Unreadable): "failed" | "incomplete" | "no session" {
    const { path, line, fault, reason } = item;
    switch (fault) {
      case "damaged":
      case "damaged-file":
        this.failures.push({ path, line, id: null, reason, isOfFile: fault === "damaged-file" });
        return "failed";
      case "ambiguous":
        this.failures.push({ path, line, id: null, reason: `${reason} with --format`, isOfFile: false });
        return "failed";
      case "incomplete":
        this.#incomplete.push(item);
        return "incomplete";
      default:
        this.#others.push(item);
        return "no session";
    }
  }

  get report(): ImportReport {
    const skipped = this.#unchanged + this.#conflicts.length;
    const failed = this.failures.filter(({ isOfFile }) => !isOfFile).length;
    return {
      found: this.#imported + skipped + failed,
      imported: this.#imported,
      skipped,
      failed,
      messages: this.#messages,
      replaced: this.#replaced,
      copied: this.#copied,
      otherNamespaces: [...this.#otherNamespaces],
      conflicts: this.#conflicts,
      failures: this.failures,
      incomplete: this.#incomplete,
      others: this.#others,
    };
  }
}
