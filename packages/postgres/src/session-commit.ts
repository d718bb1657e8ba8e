import type { HeadColumns } from "@agent-sessions/core/backend";
import { type Commit, facetsOf, type SessionKey, type StoredEntry } from "@agent-sessions/core/backend";
import { randomKey } from "./advisory-key.js";
import {
  coldParameters,
  columnsOf,
  facetKey,
  hotParameters,
  NO_COLD_PARAMETERS,
  type SessionRow,
  toMilliseconds,
} from "./head-row.js";
import { encodeTexts, type SqlParameter } from "./postgres-driver.js";
import { COMMIT_PARAMETERS } from "./write-functions.js";

/** A commit with all that the server is told of it, but for how long to wait. */
export interface PlannedCommit {
  readonly key: SessionKey;
  /** The row that it was decided on; null: there was none. */
  readonly present: SessionRow | null;
  readonly commit: Commit;
  /** Names the commit, so that one whose answer was lost is known again. */
  readonly commitId: string;
  /** What the row will hold. */
  readonly columns: HeadColumns;
  /** Null: an ordinary commit. Else a whole session takes the place of what is there. */
  readonly replacement: Replacement | null;
}

export interface Replacement {
  /** The transcript that entries were staged in; 0: none, all of them are in the commit. */
  readonly transcript: number;
  /** The position of the commit's first entry. */
  readonly first: number;
}

export function planCommit(
  key: SessionKey,
  present: SessionRow | null,
  commit: Commit,
  replacement: Replacement | null,
): PlannedCommit {
  const { head } = commit;
  // A plain append leaves all else as it is: no large state is written out for it.
  const columns: HeadColumns =
    present === null || commit.headChanged
      ? columnsOf(head)
      : {
          ...present.columns,
          epoch: head.epoch,
          revision: head.revision,
          messageCount: head.messageCount,
          updatedAt: head.updatedAt,
          usage: JSON.stringify(head.usage),
        };
  return { key, present, commit, commitId: randomKey(), columns, replacement };
}

export interface CommitContext {
  /** The number of the session's lock. */
  readonly lock: string;
  /** The token of the connection that holds it; empty: the transaction does; null: nobody. */
  readonly holder: string | null;
  readonly waitMs: number;
  readonly isDurable: boolean;
}

/** The parameters of `commit_session`, in order. */
export function commitParameters(plan: PlannedCommit, context: CommitContext): readonly SqlParameter[] {
  const { key, present, commit, commitId, columns, replacement } = plan;
  const { operation, keep, entries } = commit;
  const { lock, holder, waitMs, isDurable } = context;
  const isWhole = present === null || commit.headChanged || replacement !== null;
  return [
    ...[key.namespace, key.id, present?.version ?? null, lock, holder, waitMs, isDurable, commitId],
    ...[operation?.id ?? null, operation?.fingerprint ?? null],
    ...[replacement?.transcript ?? null, keep, replacement?.first ?? keep + 1],
    ...entryParameters(entries),
    ...hotParameters(columns),
    ...(isWhole ? coldParameters(columns) : NO_COLD_PARAMETERS),
    facetsIn(plan),
    columns.state === (present?.columns.state ?? "{}") ? null : columns.state,
  ];
}

const PLACES: string = COMMIT_PARAMETERS.map((_, index) => `$${index + 1}`).join(", ");

/** The statement that `commitParameters` are for. */
export function commitStatement(schema: string): string {
  return `SELECT ${schema}.commit_session(${PLACES})`;
}

/** Times and messages as two arrays. */
export function entryParameters(entries: readonly StoredEntry[]): readonly [times: string, messages: Buffer] {
  const times = entries.map(({ at }) => toMilliseconds(at));
  return [`{${times.join(",")}}`, encodeTexts(entries.map(({ message }) => JSON.stringify(message)))];
}

/** What the session is to be filed under; null when that does not change. */
function facetsIn({ present, commit, columns }: PlannedCommit): SqlParameter {
  if (!commit.headChanged) return null;
  const before = present?.columns;
  if (columns.labels === (before?.labels ?? "[]") && columns.metadata === (before?.metadata ?? "{}"))
    return null;
  return encodeTexts(facetsOf(commit.head).map(facetKey));
}
