import type { JsonObject, JsonValue } from "./json-value.js";
import type {
  Entry,
  Message,
  Metadata,
  ParentLink,
  Session,
  SessionHead,
  SessionSummary,
} from "./session.js";

/** Facts a backend declares about itself; the contract suite holds it to them. */
export interface StoreCapabilities {
  /** An acknowledged write is on disk. False in memory and with `durability: "relaxed"`. */
  readonly durable: boolean;
  /** Several processes on one machine may use the same data at once. */
  readonly multiProcess: boolean;
  /** Several machines may use the same data at once. */
  readonly multiHost: boolean;
  /** Reads work where nothing can be written. */
  readonly readOnlyMedia: boolean;
}

/**
 * Durable storage of agent sessions: one contract for every backend.
 *
 * Every method rejects with a `SessionStoreError`; what the caller's own code throws (an update function, a lock body, an
 * input iterable, an AbortSignal's reason) passes through unchanged. Everything returned belongs to the caller.
 *
 * Writes to a session happen in the order in which a handle and its views were asked for them, awaited or not. `fork` and `restore`
 * are writes too: a fork holds what was written to its source before the call, and nothing that was written after it.
 */
export interface SessionStore<M extends object = Message, S extends object = JsonObject>
  extends AsyncDisposable {
  /** The backend's name, for example `sqlite`. */
  readonly backend: string;
  /** Where the data lives, as a person would look for it: a path, a server. Never holds credentials. */
  readonly location: string;
  /** The tenant this handle reads and writes; the default one is "". */
  readonly namespace: string;
  readonly capabilities: StoreCapabilities;

  /**
   * A view for another tenant over the same connection. Closing it closes only the view.
   * @throws {InvalidInputError} INVALID_SESSION_ID: a namespace follows the rules of an id, but may be ""
   */
  inNamespace(namespace: string): SessionStore<M, S>;
  /** The namespaces that hold at least one session, ordered by code point. */
  namespaces(): AsyncIterable<string>;

  /**
   * Creates a session, with its first messages in the same commit.
   * @throws {SessionAlreadyExistsError} SESSION_ALREADY_EXISTS when the id is taken; nothing is changed
   */
  create(init?: SessionInit<M, S>): Promise<SessionHead<S>>;
  /**
   * Creates a session or replaces its transcript whole, in one commit. Head fields left out keep their value; `createdAt` and
   * the memory of operations stay.
   * @throws {SessionConflictError} SESSION_CONFLICT when `expectedRevision` (0 = must not exist) does not hold
   */
  save(id: string, content: SessionContent<M, S>, options?: WriteOptions): Promise<SessionHead<S>>;
  /**
   * Adds messages at the end, all or none. Its cost does not grow with the transcript.
   * @throws {SessionNotFoundError} SESSION_NOT_FOUND without `createIfMissing`
   * @throws {SessionConflictError} SESSION_CONFLICT when `expectedRevision` does not hold
   * @throws {OperationMismatchError} OPERATION_MISMATCH when `operationId` came before with other content
   */
  append(id: string, messages: M | readonly M[], options?: AppendOptions): Promise<SessionHead<S>>;
  /**
   * Changes the head. The function form is synchronous, runs exactly once on the present head under the session's lock, and must
   * not touch the store; what it throws passes through and changes nothing.
   * @throws {SessionNotFoundError} SESSION_NOT_FOUND
   * @throws {InvalidInputError} INVALID_VALUE when a path walks into a scalar
   */
  update(
    id: string,
    change: HeadChange<S> | ((head: SessionHead<S>) => HeadChange<S>),
    options?: WriteOptions,
  ): Promise<SessionHead<S>>;
  /**
   * Drops the messages after the first `messageCount`.
   * @throws {InvalidInputError} INVALID_QUERY beyond the end
   */
  truncate(id: string, messageCount: number, options?: WriteOptions): Promise<SessionHead<S>>;
  /**
   * Copies messages (the first `messageCount`; default all), state, title, labels and metadata into a new session, which
   * keeps a `parent` link and starts its usage at zero.
   */
  fork(id: string, options?: ForkOptions): Promise<SessionHead<S>>;
  /**
   * True: this call deleted it. False: it was not there.
   * @throws {SessionDeleteError} SESSION_DELETE_FAILED when it is there and could not be removed
   * @throws {SessionConflictError} SESSION_CONFLICT when it is there at another revision than `expectedRevision`; it is kept
   */
  delete(id: string, options?: WriteOptions): Promise<boolean>;
  /**
   * Writes an exact copy: id, all times, in whatever order they are, usage, parent and revision as given. Streamed, invisible until
   * complete; replaces a session of that id unless `expectedRevision` forbids it.
   */
  restore(snapshot: SessionSnapshot<M, S>, options?: WriteOptions): Promise<SessionHead<S>>;

  /** True for a corrupted session too: it is there. */
  exists(id: string): Promise<boolean>;
  /** The session without its transcript, at a cost that does not grow with it. */
  head(id: string): Promise<SessionHead<S>>;
  /**
   * The whole session as it was at one moment; read again when its transcript is cut meanwhile.
   * @throws {SessionConflictError} SESSION_CONFLICT when that happens time and again
   */
  load(id: string): Promise<Session<M, S>>;
  /**
   * The transcript, or a part of it, in bounded memory. Begins at the first `next()` and yields exactly what was there then, or
   * rejects (SESSION_CONFLICT after a truncation or replacement, SESSION_NOT_FOUND after a delete). Iterated again, it begins anew; so do
   * the results of `search`, `namespaces` and `verify`. Files are let go before the last entry of the range is handed out; who takes single
   * entries of an iterator and stops before that calls its `return()`, as `break` in a `for await` does.
   */
  messages(id: string, range?: MessageRange): AsyncIterable<Entry<M>>;
  /**
   * One page of sessions, newest first unless asked otherwise; the order is total and equal on every backend. A session that is written to
   * between two pages moves to the front of the default order, and so past a walk that has begun: to visit every session, order by `id`.
   */
  list(query?: ListQuery): Promise<SessionPage>;
  /**
   * Finds messages (and titles) that hold every word of `text`, as substrings, in any case. Sessions newest first; within one, the
   * title's hit first, then by position. Unreadable sessions are passed over; `list` and `verify` report them. A session that is written
   * to while the search runs may be passed over too.
   */
  search(text: string, query?: SearchQuery): AsyncIterable<SearchHit>;

  /**
   * Runs `body` while nobody else writes to the session; reads never wait. The handle given to `body` rejects SESSION_LOCKED
   * afterwards, and this store's own writes to the session inside `body` reject SESSION_LOCKED at once.
   * @throws {SessionLockError} SESSION_LOCKED when the lock was not had within `timeoutMs`
   */
  withLock<T>(
    id: string,
    body: (session: LockedSession<M, S>) => Promise<T>,
    options?: LockOptions,
  ): Promise<T>;
  /** Every fault found in the whole store, all namespaces; a healthy store yields nothing. Reads only. */
  verify(): AsyncIterable<Finding>;
  /**
   * Mends one session of this namespace, or the whole store; what it removes from a session is kept aside, never discarded.
   * @throws {SessionNotFoundError} SESSION_NOT_FOUND when `id` is given and there is nothing under it
   */
  repair(id?: string): Promise<RepairReport>;
  /** A consistent copy of the whole store at `target`, which must not exist yet; opens as a store. Others may write meanwhile. */
  backup(target: string): Promise<void>;
  /** Refuses new calls, waits for writes and lock bodies under way, ends iterators with STORE_CLOSED. Idempotent. */
  close(): Promise<void>;
}

/** The summary fields a caller may set, and `state`. Times are ISO 8601, UTC, milliseconds, and are kept as given. */
export interface HeadFields<S extends object = JsonObject> {
  readonly title?: string | undefined;
  /** Default: the first user text. */
  readonly preview?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly metadata?: Metadata | undefined;
  readonly pinned?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly parent?: ParentLink | null | undefined;
  readonly usage?: UsageInput | undefined;
  readonly createdAt?: string | undefined;
  readonly updatedAt?: string | undefined;
  /** Default for a new session: `{}`, or what the schema for `state` makes of it; it must not refuse it. */
  readonly state?: S | undefined;
}

export interface SessionInit<M extends object = Message, S extends object = JsonObject>
  extends HeadFields<S> {
  /** Default: a new UUID version 7. */
  readonly id?: string | undefined;
  readonly messages?: readonly M[] | undefined;
}

export interface SessionContent<M extends object = Message, S extends object = JsonObject>
  extends HeadFields<S> {
  readonly messages: readonly M[];
}

/** Counters to add or to set: whole numbers, never negative. */
export type UsageInput = Readonly<Record<string, number>>;

export interface WriteOptions {
  /** The revision the session must be at; 0 = it must not exist. */
  readonly expectedRevision?: number | undefined;
}

export interface AppendOptions extends WriteOptions {
  /** Added to the session's counters in the same commit. */
  readonly usage?: UsageInput | undefined;
  /**
   * Makes a retry safe: the same id and content again changes nothing. Content is what was passed in, before a schema changes it; a
   * message that is no JSON then (it holds a `Date`, say) counts as what the schema makes of it. Remembered for the last 100 appends at
   * least.
   */
  readonly operationId?: string | undefined;
  /** @default false */
  readonly createIfMissing?: boolean | undefined;
  /** Drops the entries with `seq` ≥ it and appends, in one commit; at most `messageCount` + 1. */
  readonly replaceFrom?: number | undefined;
}

/** What `update` changes; fields left out stay. Applied in this order: `state`, `set`, `unset`. */
export interface HeadChange<S extends object = JsonObject> {
  readonly title?: string | undefined;
  /** Replaces the set. */
  readonly labels?: readonly string[] | undefined;
  /** Replaces all of it. */
  readonly metadata?: Metadata | undefined;
  readonly pinned?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly state?: S | undefined;
  /** Values by dotted path into `state`, or as pairs with a path array where a key holds a dot. */
  readonly set?:
    | Readonly<Record<string, JsonValue>>
    | readonly (readonly [path: readonly string[], value: JsonValue])[]
    | undefined;
  /** Paths to remove from `state`; one that is missing is no change. */
  readonly unset?: readonly (string | readonly string[])[] | undefined;
}

export interface ForkOptions {
  readonly id?: string | undefined;
  /** Default: the source's title. */
  readonly title?: string | undefined;
  /** How many messages to copy, from the first on. Default: all. */
  readonly messageCount?: number | undefined;
}

/**
 * Which entries, and in which order. `after` and `before` make a window; `last` narrows it to its newest; `limit` keeps the first
 * ones in `order`; `maxBytes` keeps the newest of what is left.
 */
export interface MessageRange {
  /** Only `seq` > it. */
  readonly after?: number | undefined;
  /** Only `seq` < it. */
  readonly before?: number | undefined;
  /** At most so many, counted in `order`; at least 1. */
  readonly limit?: number | undefined;
  /** The newest so many, still in chronological order unless `order` says otherwise; at least 1. */
  readonly last?: number | undefined;
  /** @default "asc" */
  readonly order?: "asc" | "desc" | undefined;
  /** Budget in UTF-8 bytes of `JSON.stringify(message)`, summed from the newest on; at least one entry is always yielded. */
  readonly maxBytes?: number | undefined;
}

/** Filters shared by `list` and `search`; each one left out filters nothing. */
export interface SessionFilter {
  readonly ids?: readonly string[] | undefined;
  readonly idPrefix?: string | undefined;
  /** All of these labels. */
  readonly labels?: readonly string[] | undefined;
  /** Each of these equal. A value that is undefined is refused: it would filter nothing. */
  readonly metadata?: Metadata | undefined;
  readonly pinned?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly parentId?: string | undefined;
  /** In any case. */
  readonly titleContains?: string | undefined;
  /** Exclusive, like the three below; ISO 8601, UTC, milliseconds. */
  readonly updatedAfter?: string | undefined;
  readonly updatedBefore?: string | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
}

export interface ListQuery extends SessionFilter {
  /** Ties are broken by id, ascending by code point. @default "updatedAt" */
  readonly orderBy?: "updatedAt" | "createdAt" | "title" | "id" | undefined;
  /** Default: "desc" for times, "asc" for title and id. */
  readonly direction?: "asc" | "desc" | undefined;
  /** @default false */
  readonly pinnedFirst?: boolean | undefined;
  /** 1 to 1,000. @default 50 */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before, with the same query. */
  readonly cursor?: string | undefined;
}

export interface UnreadableSession {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

export interface SessionPage {
  readonly sessions: SessionSummary[];
  /** Sessions that are there and cannot be read; on the first page only, at most 100. */
  readonly unreadable: UnreadableSession[];
  /** How many there are in all; 0 on later pages. */
  readonly unreadableCount: number;
  readonly nextCursor: string | null;
}

export interface SearchQuery extends SessionFilter {
  /** At most so many hits, 1 to 1,000. Default: all of them. */
  readonly limit?: number | undefined;
}

export interface SearchHit {
  readonly id: string;
  readonly namespace: string;
  readonly title: string;
  readonly updatedAt: string;
  /** The message's position; null for a hit in the title. */
  readonly seq: number | null;
  readonly at: string | null;
  /** A piece of the text around the match. */
  readonly snippet: string;
  /** Where the first word's match lies in `snippet`, in UTF-16 code units. */
  readonly matchStart: number;
  readonly matchEnd: number;
}

/** A head and its entries, seq 1 to `head.messageCount`, as `restore` takes and `migrate` moves them. */
export interface SessionSnapshot<M extends object = Message, S extends object = JsonObject> {
  readonly head: SessionHead<S>;
  readonly entries: AsyncIterable<Entry<M>> | Iterable<Entry<M>>;
}

export interface LockOptions {
  /** How long to wait for the lock, in milliseconds; 0 tries once. Default: the store's `lockTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
}

/** The handle a lock body writes through. */
export interface LockedSession<M extends object = Message, S extends object = JsonObject> {
  readonly id: string;
  append(messages: M | readonly M[], options?: AppendOptions): Promise<SessionHead<S>>;
  save(content: SessionContent<M, S>, options?: WriteOptions): Promise<SessionHead<S>>;
  update(
    change: HeadChange<S> | ((head: SessionHead<S>) => HeadChange<S>),
    options?: WriteOptions,
  ): Promise<SessionHead<S>>;
  truncate(messageCount: number, options?: WriteOptions): Promise<SessionHead<S>>;
  head(): Promise<SessionHead<S>>;
  load(): Promise<Session<M, S>>;
  messages(range?: MessageRange): AsyncIterable<Entry<M>>;
}

/** One fault that `verify` found. */
export interface Finding {
  readonly namespace: string;
  /** Null when the fault belongs to no session. */
  readonly id: string | null;
  /** A stable kebab-case name of the fault, for example `torn-tail`; each backend documents its own. */
  readonly fault: string;
  readonly message: string;
  /** The file or table, where there is one. */
  readonly path: string | null;
  /** Whether `repair` can mend it without losing a readable record. */
  readonly repairable: boolean;
}

export interface RepairReport {
  /** What was mended, one line each. */
  readonly repaired: readonly {
    readonly namespace: string;
    readonly id: string | null;
    readonly action: string;
  }[];
  /** Where the bytes that were taken out of a session are kept. */
  readonly setAside: readonly string[];
  /** What is still wrong. */
  readonly remaining: readonly Finding[];
}
