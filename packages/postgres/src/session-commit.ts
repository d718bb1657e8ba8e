import type { HeadColumns } from "@agent-sessions/core/backend";
import { type Commit, facetsOf, type SessionKey, type StoredEntry } from "@agent-sessions/core/backend";
import { randomKey } from "./advisory-key.js";
import { COMMIT_PARAMETERS, ENTRIES_PARAMETERS } from "./commit-functions.js";
import { coldParameters, columnsOf, facetKey, type SessionRow, toMilliseconds } from "./head-row.js";
import { encodeTexts, type SqlParameter } from "./postgres-driver.js";

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
  // A plain append leaves all else as it is: no large state is written out for it. New fields behind a spread would cost microseconds each.
  const columns: HeadColumns =
    present === null || commit.headChanged
      ? columnsOf(head)
      : Object.assign({}, present.columns, {
          epoch: head.epoch,
          revision: head.revision,
          messageCount: head.messageCount,
          updatedAt: head.updatedAt,
          usage: JSON.stringify(head.usage),
        });
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

/** A statement that commits, and what it is told. */
export interface CommitStatement {
  readonly text: string;
  readonly values: readonly SqlParameter[];
}

/** The statements that commit, in one schema. */
export class CommitStatements {
  readonly #ofEntries: string;
  readonly #ofAll: string;

  constructor(schema: string) {
    this.#ofEntries = callOf(`${schema}.commit_session_entries`, ENTRIES_PARAMETERS);
    this.#ofAll = callOf(`${schema}.commit_session`, COMMIT_PARAMETERS);
  }

  of(plan: PlannedCommit, context: CommitContext): CommitStatement {
    const { present, commit, replacement } = plan;
    return present === null || commit.headChanged || replacement !== null
      ? { text: this.#ofAll, values: allParameters(plan, context) }
      : { text: this.#ofEntries, values: entriesParameters(plan, present.columns, context) };
  }
}

/** Under a short name: without one the answer would be named like the function, and the driver reads names byte by byte. */
function callOf(name: string, parameters: readonly string[]): string {
  return `SELECT ${name}(${parameters.map((_, index) => `$${index + 1}`).join(", ")}) AS a`;
}

/** The parameters of `commit_session_entries`. */
function entriesParameters(
  plan: PlannedCommit,
  before: HeadColumns,
  context: CommitContext,
): readonly SqlParameter[] {
  const { epoch, usage } = plan.columns;
  const parameters = decisionParameters(plan, context);
  parameters.push(epoch === before.epoch ? null : epoch, usage === before.usage ? null : usage);
  return parameters;
}

/** The parameters of `commit_session`. */
function allParameters(plan: PlannedCommit, context: CommitContext): readonly SqlParameter[] {
  const { present, commit, columns, replacement } = plan;
  return [
    ...decisionParameters(plan, context),
    ...[columns.epoch, columns.usage, replacement?.transcript ?? null, replacement?.first ?? commit.keep + 1],
    columns.messageCount,
    ...coldParameters(columns),
    facetsIn(plan),
    columns.state === (present?.columns.state ?? "{}") ? null : columns.state,
  ];
}

/** What both functions are told first. */
function decisionParameters(plan: PlannedCommit, context: CommitContext): SqlParameter[] {
  const { key, present, commit, commitId, columns } = plan;
  const { operation, keep, entries } = commit;
  const [times, messages] = entryParameters(entries);
  return [
    key.namespace,
    key.id,
    present?.version ?? null,
    context.lock,
    context.holder,
    context.waitMs,
    context.isDurable,
    commitId,
    operation?.id ?? null,
    operation?.fingerprint ?? null,
    keep,
    times,
    messages,
    columns.revision,
    toMilliseconds(columns.updatedAt),
  ];
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
