import type { JsonObject } from "./json-value.js";
import type { ListPlan } from "./list-plan.js";
import type { Entry, SessionHead, SessionSummary } from "./session.js";
import type { Finding, RepairReport, StoreCapabilities, UnreadableSession } from "./session-store.js";
import type { Wait } from "./wait.js";

/** Which session: ids are unique within a namespace. Both are already validated. */
export interface SessionKey {
  readonly namespace: string;
  readonly id: string;
}

/** A head as backends keep it: the public fields, and what core needs to go on from it. */
export interface StoredHead extends SessionHead<JsonObject> {
  /** Changes whenever a message that was readable goes away (truncate, replace, delete and create again). Opaque. */
  readonly epoch: string;
  /** The position of the message that `preview` was taken from; 0 when there is none or the caller set the preview. */
  readonly previewSeq: number;
  /** Head fields that a newer minor version of the format wrote; a backend fills it in and writes it back, core carries it along. */
  readonly extra: JsonObject;
}

/** A message as backends keep it: already checked, a private copy. */
export type StoredEntry = Entry<JsonObject>;

/** What a write found: the session as it is now, read under its lock or inside the write transaction. */
export interface CurrentSession {
  readonly head: StoredHead;
  /** The fingerprint remembered for `MutateOptions.operationId`; null when none was asked for or none is remembered. */
  readonly operationFingerprint: string | null;
}

/** One atomic change. The backend makes it durable as a whole or not at all. */
export interface Commit {
  /** The complete new head, counters included. */
  readonly head: StoredHead;
  /**
   * Whether anything but `revision`, `messageCount`, `usage`, `updatedAt` and `epoch` differs from the head before; always true for
   * a new session. A log-structured backend need not write the whole head when it is false.
   */
  readonly headChanged: boolean;
  /** The entries 1 to `keep` stay; all later ones go. Equal to the present count for a plain append. */
  readonly keep: number;
  /** Appended after `keep`; their `seq` runs from `keep + 1` to `head.messageCount`. */
  readonly entries: readonly StoredEntry[];
  /** To be remembered with this commit, for at least the last 100 of them in the session. */
  readonly operation: { readonly id: string; readonly fingerprint: string } | null;
}

/**
 * Looks at the session (null: there is none) and says what to commit; null means that nothing changes. Synchronous, called exactly
 * once while nobody else can write to the session; what it throws ends the write with nothing changed, and must be thrown on.
 */
export type Decide = (current: CurrentSession | null) => Commit | null;

export interface WriteContext {
  /** How long the write may wait for other writers and lock holders. */
  readonly wait: Wait;
  /** The lock under which the write happens, when the caller holds one: the write then must not wait for that lock. */
  readonly lock: BackendLock | null;
}

export interface MutateOptions extends WriteContext {
  /** Look this operation up for `CurrentSession.operationFingerprint`. */
  readonly operationId: string | null;
  /**
   * `decide` runs no code of the caller's: it may be called before writers are excluded, and again with a newer session when what it was
   * shown turns out not to be the present one. Only what it says of the present one counts. @default false
   */
  readonly isRepeatable?: boolean | undefined;
}

/** A held session lock. It dies with the process that holds it, and nobody else can release it. */
export interface BackendLock {
  readonly key: SessionKey;
  /** Idempotent. */
  release(): Promise<void>;
}

/** A range of positions, inclusive; `first > last` is empty. */
export interface EntryRange {
  readonly first: number;
  readonly last: number;
  readonly order: "asc" | "desc";
}

/** A session as it was at one moment. */
export interface Transcript {
  readonly head: StoredHead;
  /**
   * The entries of a range (bounds within 1 … `head.messageCount`) in batches of bounded size, exactly as they were at that moment. A
   * batch is used until the next one is asked for: then it may be emptied, or filled again. Its entries stay.
   * @throws {SessionConflictError} SESSION_CONFLICT when they were truncated or replaced since and are no longer readable
   * @throws {SessionNotFoundError} SESSION_NOT_FOUND when the session was deleted since and they are no longer readable
   */
  read(range: EntryRange): AsyncIterable<readonly StoredEntry[]>;
  /** Lets go of files and memory; idempotent. A read under way may then reject. */
  close(): Promise<void>;
}

/** One page of a list. */
export interface BackendPage {
  readonly sessions: readonly SessionSummary[];
  /** Whether more sessions follow the last of these. */
  readonly hasMore: boolean;
  readonly unreadable: readonly UnreadableSession[];
  readonly unreadableCount: number;
}

/** What a search looks for: folded words (see `foldText`), and the filter; `filter.after`, order and limit follow `list`'s default order. */
export interface SearchPlan {
  readonly words: readonly string[];
  readonly filter: ListPlan;
}

/** One session that may match, with those of its entries that may match, ascending by `seq`. Core confirms each hit. */
export interface SearchCandidate {
  readonly summary: SessionSummary;
  readonly entries: AsyncIterable<readonly StoredEntry[]>;
}

/**
 * What a backend supplies: a few primitives on validated input. Ids, values, queries, cursors, ordering rules, the meaning of every
 * write, error wrapping and the closed state are core's; see `storeOver`. Values that are returned must not be referenced
 * by the backend afterwards.
 *
 * Errors: throw the typed error where the cause is known (SESSION_CORRUPTED, STORE_INCOMPATIBLE, SESSION_LOCKED,
 * SESSION_DELETE_FAILED, STORE_IO); anything else that is thrown becomes STORE_IO with the cause attached.
 * Never report a failure as "not there".
 */
export abstract class SessionBackend {
  /** For example `sqlite`. */
  abstract readonly name: string;
  /** Where the data lives, for people. */
  abstract readonly location: string;
  abstract readonly capabilities: StoreCapabilities;

  /** The present head, or null when there is no such session. Costs the same for every length of transcript. */
  abstract readHead(key: SessionKey): Promise<StoredHead | null>;
  /** A session frozen at this moment, or null. */
  abstract openTranscript(key: SessionKey): Promise<Transcript | null>;
  abstract listPage(namespace: string, plan: ListPlan): Promise<BackendPage>;
  /** Sessions in `list`'s default order (newest first) that pass the filter and may match. See `scanCandidates` for the plain way. */
  abstract searchCandidates(namespace: string, plan: SearchPlan): AsyncIterable<SearchCandidate>;
  /** Namespaces with at least one session, in any order, each once. */
  abstract namespaces(): AsyncIterable<string>;

  /** Reads the present session, asks `decide`, commits what it says, and returns the head that is now in force. */
  abstract mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead>;
  /**
   * Writes a whole session from a stream. Entries are staged where nobody sees them; then, with writers excluded, `seal` gets the
   * present head (null: none) and returns the new one or throws; then all of it becomes visible at once. What `entries` or `seal`
   * throws is thrown on, and leaves nothing behind. Remembered operations of a replaced session are forgotten.
   */
  abstract replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead>;
  /** True when this call removed the session; works on a corrupted one too. */
  abstract remove(key: SessionKey, context: WriteContext): Promise<boolean>;
  /**
   * Excludes other holders and other writers, in this process, in worker threads and in other processes. Core has already looked
   * that the session exists and looks again afterwards; nothing may be created that outlives the lock.
   */
  abstract acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock>;

  abstract verify(): AsyncIterable<Finding>;
  abstract repair(key: SessionKey | null): Promise<RepairReport>;
  abstract backup(target: string): Promise<void>;
  /** Called once, when nothing is under way any more. */
  abstract close(): Promise<void>;
}
