export interface AppendOptions extends WriteOptions {
    readonly usage?: UsageInput | undefined;
    readonly operationId?: string | undefined;
    readonly createIfMissing?: boolean | undefined;
    readonly replaceFrom?: number | undefined;
}

export declare class BackendNotInstalledError extends SessionStoreError {
    readonly packageName: string;
    constructor(scheme: string, packageName: string, from: string, options?: {
        readonly cause?: unknown;
    });
}

export interface Entry<M extends object = Message> {
    readonly seq: number;
    readonly at: string;
    readonly message: M;
}

export type ErrorOfCode<C extends SessionStoreErrorCode> = ErrorClassOfCode[C] & {
    readonly code: C;
};

export interface Finding {
    readonly namespace: string;
    readonly id: string | null;
    readonly fault: string;
    readonly message: string;
    readonly path: string | null;
    readonly repairable: boolean;
}

export interface ForkOptions {
    readonly id?: string | undefined;
    readonly title?: string | undefined;
    readonly messageCount?: number | undefined;
}

export interface HeadChange<S extends object = JsonObject> {
    readonly title?: string | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly metadata?: Metadata | undefined;
    readonly pinned?: boolean | undefined;
    readonly archived?: boolean | undefined;
    readonly state?: S | undefined;
    readonly set?: Readonly<Record<string, JsonValue>> | readonly (readonly [
        path: readonly string[],
        value: JsonValue
    ])[] | undefined;
    readonly unset?: readonly (string | readonly string[])[] | undefined;
}

export interface HeadFields<S extends object = JsonObject> {
    readonly title?: string | undefined;
    readonly preview?: string | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly metadata?: Metadata | undefined;
    readonly pinned?: boolean | undefined;
    readonly archived?: boolean | undefined;
    readonly parent?: ParentLink | null | undefined;
    readonly usage?: UsageInput | undefined;
    readonly createdAt?: string | undefined;
    readonly updatedAt?: string | undefined;
    readonly state?: S | undefined;
}

export type InvalidInputCode = "INVALID_SESSION_ID" | "INVALID_VALUE" | "INVALID_QUERY" | "INVALID_OPTIONS";

export declare class InvalidInputError extends SessionStoreError {
    readonly path: string;
    constructor(code: InvalidInputCode, message: string, options: {
        readonly path: string;
        readonly sessionId?: string;
        readonly location?: string;
        readonly cause?: unknown;
    });
}

export type JsonObject = {
    readonly [key: string]: JsonValue | undefined;
};

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {
    readonly [key: string]: JsonValue | undefined;
};

export interface ListQuery extends SessionFilter {
    readonly orderBy?: "updatedAt" | "createdAt" | "title" | "id" | undefined;
    readonly direction?: "asc" | "desc" | undefined;
    readonly pinnedFirst?: boolean | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
}

export interface LockOptions {
    readonly timeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
}

export interface LockedSession<M extends object = Message, S extends object = JsonObject> {
    readonly id: string;
    append(messages: M | readonly M[], options?: AppendOptions): Promise<SessionHead<S>>;
    save(content: SessionContent<M, S>, options?: WriteOptions): Promise<SessionHead<S>>;
    update(change: HeadChange<S> | ((head: SessionHead<S>) => HeadChange<S>), options?: WriteOptions): Promise<SessionHead<S>>;
    truncate(messageCount: number, options?: WriteOptions): Promise<SessionHead<S>>;
    head(): Promise<SessionHead<S>>;
    load(): Promise<Session<M, S>>;
    messages(range?: MessageRange): AsyncIterable<Entry<M>>;
}

export interface Message {
    role?: string | undefined;
    content?: JsonValue | undefined;
    [key: string]: JsonValue | undefined;
}

export interface MessageRange {
    readonly after?: number | undefined;
    readonly before?: number | undefined;
    readonly limit?: number | undefined;
    readonly last?: number | undefined;
    readonly order?: "asc" | "desc" | undefined;
    readonly maxBytes?: number | undefined;
}

export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

export interface MigrateOptions {
    readonly namespaces?: readonly string[] | undefined;
    readonly dryRun?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: MigrationProgress) => void) | undefined;
}

export interface MigrationProgress {
    readonly namespace: string;
    readonly id: string;
    readonly outcome: "copied" | "unchanged" | "conflict" | "failed";
    readonly done: number;
}

export interface MigrationReport {
    readonly copied: number;
    readonly unchanged: number;
    readonly messages: number;
    readonly verified: number;
    readonly conflicts: readonly {
        readonly namespace: string;
        readonly id: string;
    }[];
    readonly failed: readonly MigrationFailure[];
}

export type OpenBackend = (target: StoreTarget) => Promise<SessionStore>;

export interface OpenStoreOptions<M extends object = Message, S extends object = JsonObject> extends StoreOptions<M, S> {
    readonly from?: string | URL | undefined;
    readonly [option: string]: unknown;
}

export declare class OperationMismatchError extends SessionStoreError {
    readonly operationId: string;
    constructor(sessionId: string, operationId: string);
}

export interface ParentLink {
    readonly id: string;
    readonly messageCount: number;
}

export interface PlannedSession {
    readonly session: SessionSummary;
    readonly reasons: readonly PruneReason[];
}

export interface PruneOptions<M extends object, S extends object> {
    readonly execute?: boolean | undefined;
    readonly archive?: ((sessions: AsyncIterable<SessionSnapshot<M, S>>) => Promise<void>) | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: PruneProgress) => void) | undefined;
    readonly now?: number | undefined;
}

export interface PrunePolicy {
    readonly olderThanMs?: number | undefined;
    readonly keepNewest?: number | undefined;
    readonly archived?: true | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly includePinned?: boolean | undefined;
}

export interface PruneProgress {
    readonly id: string;
    readonly outcome: "archived" | "deleted" | "kept" | "failed";
    readonly done: number;
    readonly total: number;
}

export type PruneReason = "older-than" | "beyond-newest" | "archived" | "labels";

export interface PruneReport {
    readonly executed: boolean;
    readonly planned: readonly PlannedSession[];
    readonly pinned: number;
    readonly unreadable: number;
    readonly deleted: readonly string[];
    readonly kept: readonly string[];
    readonly failed: readonly {
        readonly id: string;
        readonly code: string;
        readonly message: string;
    }[];
}

export interface RepairReport {
    readonly repaired: readonly {
        readonly namespace: string;
        readonly id: string | null;
        readonly action: string;
    }[];
    readonly setAside: readonly string[];
    readonly remaining: readonly Finding[];
}

export interface RunningDigest {
    add(entry: object): void;
    end(): string;
}

export declare const SESSION_STORE_ERROR_CODES: readonly [
    "SESSION_NOT_FOUND",
    "SESSION_ALREADY_EXISTS",
    "SESSION_CONFLICT",
    "SESSION_CORRUPTED",
    "SESSION_DELETE_FAILED",
    "SESSION_LOCKED",
    "OPERATION_MISMATCH",
    "INVALID_SESSION_ID",
    "INVALID_VALUE",
    "INVALID_QUERY",
    "INVALID_OPTIONS",
    "STORE_CLOSED",
    "STORE_IO",
    "STORE_INCOMPATIBLE",
    "BACKEND_NOT_INSTALLED"
];

export interface SearchHit {
    readonly id: string;
    readonly namespace: string;
    readonly title: string;
    readonly updatedAt: string;
    readonly seq: number | null;
    readonly at: string | null;
    readonly snippet: string;
    readonly matchStart: number;
    readonly matchEnd: number;
}

export interface SearchQuery extends SessionFilter {
    readonly limit?: number | undefined;
}

export interface Session<M extends object = Message, S extends object = JsonObject> extends SessionHead<S> {
    readonly messages: readonly M[];
}

export declare class SessionAlreadyExistsError extends SessionStoreError {
    constructor(sessionId: string, location: string, options?: {
        readonly cause?: unknown;
    });
}

export declare class SessionConflictError extends SessionStoreError {
    readonly expectedRevision: number | null;
    readonly actualRevision: number | null;
    constructor(sessionId: string, expectedRevision: number | null, actualRevision: number | null, options?: SessionStoreErrorOptions & {
        readonly message?: string;
    });
}

export interface SessionContent<M extends object = Message, S extends object = JsonObject> extends HeadFields<S> {
    readonly messages: readonly M[];
}

export declare class SessionCorruptedError extends SessionStoreError {
    readonly path: string;
    readonly position: string | null;
    constructor(sessionId: string, path: string, position: string | null, reason: string, options?: SessionStoreErrorOptions);
}

export declare class SessionDeleteError extends SessionStoreError {
    constructor(sessionId: string, location: string, options?: {
        readonly cause?: unknown;
    });
}

export interface SessionFilter {
    readonly ids?: readonly string[] | undefined;
    readonly idPrefix?: string | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly metadata?: Metadata | undefined;
    readonly pinned?: boolean | undefined;
    readonly archived?: boolean | undefined;
    readonly parentId?: string | undefined;
    readonly titleContains?: string | undefined;
    readonly updatedAfter?: string | undefined;
    readonly updatedBefore?: string | undefined;
    readonly createdAfter?: string | undefined;
    readonly createdBefore?: string | undefined;
}

export interface SessionHead<S extends object = JsonObject> extends SessionSummary {
    readonly state: S;
}

export interface SessionInit<M extends object = Message, S extends object = JsonObject> extends HeadFields<S> {
    readonly id?: string | undefined;
    readonly messages?: readonly M[] | undefined;
}

export declare class SessionLockError extends SessionStoreError {
    readonly timeoutMs: number;
    constructor(sessionId: string, timeoutMs: number, options?: SessionStoreErrorOptions & {
        readonly message?: string;
    });
}

export declare class SessionNotFoundError extends SessionStoreError {
    readonly namespace: string;
    constructor(sessionId: string, namespace: string, location: string, options?: {
        readonly cause?: unknown;
    });
}

export interface SessionPage {
    readonly sessions: SessionSummary[];
    readonly unreadable: UnreadableSession[];
    readonly unreadableCount: number;
    readonly nextCursor: string | null;
}

export interface SessionSnapshot<M extends object = Message, S extends object = JsonObject> {
    readonly head: SessionHead<S>;
    readonly entries: AsyncIterable<Entry<M>> | Iterable<Entry<M>>;
}

export interface SessionStore<M extends object = Message, S extends object = JsonObject> extends AsyncDisposable {
    readonly backend: string;
    readonly location: string;
    readonly namespace: string;
    readonly capabilities: StoreCapabilities;
    inNamespace(namespace: string): SessionStore<M, S>;
    namespaces(): AsyncIterable<string>;
    create(init?: SessionInit<M, S>): Promise<SessionHead<S>>;
    save(id: string, content: SessionContent<M, S>, options?: WriteOptions): Promise<SessionHead<S>>;
    append(id: string, messages: M | readonly M[], options?: AppendOptions): Promise<SessionHead<S>>;
    update(id: string, change: HeadChange<S> | ((head: SessionHead<S>) => HeadChange<S>), options?: WriteOptions): Promise<SessionHead<S>>;
    truncate(id: string, messageCount: number, options?: WriteOptions): Promise<SessionHead<S>>;
    fork(id: string, options?: ForkOptions): Promise<SessionHead<S>>;
    delete(id: string, options?: WriteOptions): Promise<boolean>;
    restore(snapshot: SessionSnapshot<M, S>, options?: WriteOptions): Promise<SessionHead<S>>;
    exists(id: string): Promise<boolean>;
    head(id: string): Promise<SessionHead<S>>;
    load(id: string): Promise<Session<M, S>>;
    messages(id: string, range?: MessageRange): AsyncIterable<Entry<M>>;
    list(query?: ListQuery): Promise<SessionPage>;
    search(text: string, query?: SearchQuery): AsyncIterable<SearchHit>;
    withLock<T>(id: string, body: (session: LockedSession<M, S>) => Promise<T>, options?: LockOptions): Promise<T>;
    verify(): AsyncIterable<Finding>;
    repair(id?: string): Promise<RepairReport>;
    backup(target: string): Promise<void>;
    close(): Promise<void>;
}

export declare class SessionStoreError extends Error {
    readonly code: SessionStoreErrorCode;
    readonly sessionId: string | undefined;
    readonly location: string | undefined;
    readonly details: Readonly<Record<string, JsonValue>>;
    constructor(code: SessionStoreErrorCode, message: string, options?: SessionStoreErrorOptions);
    static is(value: unknown): value is SessionStoreError;
    static is<C extends SessionStoreErrorCode>(value: unknown, code: C): value is ErrorOfCode<C>;
    toJSON(): {
        [key: string]: JsonValue;
    };
}

export type SessionStoreErrorCode = (typeof SESSION_STORE_ERROR_CODES)[number];

export interface SessionStoreErrorOptions {
    readonly sessionId?: string | undefined;
    readonly location?: string | undefined;
    readonly details?: Readonly<Record<string, JsonValue>> | undefined;
    readonly cause?: unknown;
}

export interface SessionSummary {
    readonly id: string;
    readonly namespace: string;
    readonly title: string;
    readonly preview: string;
    readonly labels: readonly string[];
    readonly metadata: Metadata;
    readonly pinned: boolean;
    readonly archived: boolean;
    readonly parent: ParentLink | null;
    readonly usage: Usage;
    readonly messageCount: number;
    readonly revision: number;
    readonly createdAt: string;
    readonly updatedAt: string;
}

export interface StandardSchemaV1<Input = unknown, Output = Input> {
    readonly "~standard": {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
        readonly types?: {
            readonly input: Input;
            readonly output: Output;
        } | undefined;
    };
}

export interface StoreCapabilities {
    readonly durable: boolean;
    readonly multiProcess: boolean;
    readonly multiHost: boolean;
    readonly readOnlyMedia: boolean;
}

export declare class StoreClosedError extends SessionStoreError {
    constructor(location: string);
}

export declare class StoreIncompatibleError extends SessionStoreError {
    constructor(message: string, options?: SessionStoreErrorOptions);
}

export declare class StoreIoError extends SessionStoreError {
    constructor(message: string, options?: SessionStoreErrorOptions);
}

export interface StoreOptions<M extends object = Message, S extends object = JsonObject> {
    readonly namespace?: string | undefined;
    readonly lockTimeoutMs?: number | undefined;
    readonly schema?: {
        readonly message?: StandardSchemaV1<unknown, M> | undefined;
        readonly state?: StandardSchemaV1<unknown, S> | undefined;
    } | undefined;
    readonly clock?: (() => number) | undefined;
}

export interface StoreTarget {
    readonly scheme: string;
    readonly url: string;
    readonly location: string;
    readonly options: Readonly<Record<string, unknown>>;
}

export interface UnreadableSession {
    readonly id: string;
    readonly code: string;
    readonly message: string;
}

export interface Usage {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly [counter: string]: number;
}

export type UsageInput = Readonly<Record<string, number>>;

export interface WriteOptions {
    readonly expectedRevision?: number | undefined;
}

export declare function digest<M extends object, S extends object>(snapshot: SessionSnapshot<M, S>): Promise<string>;

export declare function messageText(message: object): string;

export declare function migrate<M extends object, S extends object>(source: SessionStore<M, S>, target: SessionStore<M, S>, options?: MigrateOptions): Promise<MigrationReport>;

export declare function openStore<M extends object = Message, S extends object = JsonObject>(url: string, options?: OpenStoreOptions<M, S>): Promise<SessionStore<M, S>>;

export declare function prune<M extends object, S extends object>(store: SessionStore<M, S>, policy: PrunePolicy, options?: PruneOptions<M, S>): Promise<PruneReport>;

export declare function quote(text: string): string;

export declare function registerBackend(scheme: string, open: OpenBackend): void;

export declare function snapshotOf<M extends object, S extends object>(store: Source<M, S>, id: string): Promise<SessionSnapshot<M, S>>;

export declare function startDigest(head: object): RunningDigest;

// Not exported, but mentioned above.

interface ErrorClassOfCode {
    readonly SESSION_NOT_FOUND: SessionNotFoundError;
    readonly SESSION_ALREADY_EXISTS: SessionAlreadyExistsError;
    readonly SESSION_CONFLICT: SessionConflictError;
    readonly SESSION_CORRUPTED: SessionCorruptedError;
    readonly SESSION_DELETE_FAILED: SessionDeleteError;
    readonly SESSION_LOCKED: SessionLockError;
    readonly OPERATION_MISMATCH: OperationMismatchError;
    readonly INVALID_SESSION_ID: InvalidInputError;
    readonly INVALID_VALUE: InvalidInputError;
    readonly INVALID_QUERY: InvalidInputError;
    readonly INVALID_OPTIONS: InvalidInputError;
    readonly STORE_CLOSED: StoreClosedError;
    readonly STORE_IO: StoreIoError;
    readonly STORE_INCOMPATIBLE: StoreIncompatibleError;
    readonly BACKEND_NOT_INSTALLED: BackendNotInstalledError;
}

interface MigrationFailure {
    readonly namespace: string;
    readonly id: string;
    readonly code: string;
    readonly message: string;
}

interface SchemaIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}

type SchemaResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly SchemaIssue[];
};

type Source<M extends object, S extends object> = Pick<SessionStore<M, S>, "head" | "messages">;
