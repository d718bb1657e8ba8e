import type { Entry, Finding, JsonObject, JsonValue, Message, RepairReport, SessionHead, SessionSnapshot, SessionStore, SessionSummary, StoreCapabilities, StoreOptions, StoreTarget, UnreadableSession } from "@agent-sessions/core";

export interface BackendLock {
    readonly key: SessionKey;
    release(): Promise<void>;
}

export interface BackendPage {
    readonly sessions: readonly SessionSummary[];
    readonly hasMore: boolean;
    readonly unreadable: readonly UnreadableSession[];
    readonly unreadableCount: number;
}

export type ColumnFault = (column: string, reason: string, cause?: unknown) => Error;

export interface Commit {
    readonly head: StoredHead;
    readonly headChanged: boolean;
    readonly keep: number;
    readonly entries: readonly StoredEntry[];
    readonly operation: {
        readonly id: string;
        readonly fingerprint: string;
    } | null;
}

export interface CurrentSession {
    readonly head: StoredHead;
    readonly operationFingerprint: string | null;
}

export type Decide = (current: CurrentSession | null) => Commit | null;

export interface EntryRange {
    readonly first: number;
    readonly last: number;
    readonly order: "asc" | "desc";
}

export type Facet = readonly [
    kind: string,
    key: string,
    value: string
];

export interface HeadColumns extends SummaryColumns {
    readonly state: string;
    readonly epoch: string;
    readonly previewSeq: number;
    readonly extra: string;
}

export interface InstalledSqliteDriver {
    readonly version: string | null;
    readonly nativePart: () => Uint8Array | null;
}

export interface ListPlan {
    readonly ids: ReadonlySet<string> | null;
    readonly idPrefix: string | null;
    readonly labels: readonly string[];
    readonly metadata: readonly (readonly [
        key: string,
        value: string | number | boolean | null
    ])[];
    readonly pinned: boolean | null;
    readonly archived: boolean | null;
    readonly parentId: string | null;
    readonly titleContains: string | null;
    readonly updatedAfter: string | null;
    readonly updatedBefore: string | null;
    readonly createdAfter: string | null;
    readonly createdBefore: string | null;
    readonly orderBy: "updatedAt" | "createdAt" | "title" | "id";
    readonly direction: "asc" | "desc";
    readonly pinnedFirst: boolean;
    readonly limit: number;
    readonly after: ListPosition | null;
}

export interface ListPosition {
    readonly pinned: boolean | null;
    readonly value: string;
    readonly id: string;
}

export interface ListRun {
    readonly pinned: boolean | null;
    readonly after: ListPosition | null;
}

export interface MutateOptions extends WriteContext {
    readonly operationId: string | null;
    readonly isRepeatable?: boolean | undefined;
}

export type OptionChecks = Readonly<Record<string, OptionCheck<unknown>>>;

export declare const STORE_OPTION_CHECKS: {
    readonly namespace: OptionCheck<string>;
    readonly lockTimeoutMs: OptionCheck<number>;
    readonly schema: OptionCheck<NonNullable<StoreOptions["schema"]>>;
    readonly clock: OptionCheck<() => number>;
};

export interface ScanSource {
    readonly listPage?: (filter: ListPlan) => Promise<BackendPage>;
    readonly entriesOf?: (summary: SessionSummary) => AsyncIterable<readonly StoredEntry[]>;
}

export interface SearchCandidate {
    readonly summary: SessionSummary;
    readonly entries: AsyncIterable<readonly StoredEntry[]>;
}

export interface SearchPlan {
    readonly words: readonly string[];
    readonly filter: ListPlan;
}

export declare abstract class SessionBackend {
    abstract readonly name: string;
    abstract readonly location: string;
    abstract readonly capabilities: StoreCapabilities;
    abstract readHead(key: SessionKey): Promise<StoredHead | null>;
    abstract openTranscript(key: SessionKey): Promise<Transcript | null>;
    abstract listPage(namespace: string, plan: ListPlan): Promise<BackendPage>;
    abstract searchCandidates(namespace: string, plan: SearchPlan): AsyncIterable<SearchCandidate>;
    abstract namespaces(): AsyncIterable<string>;
    abstract mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead>;
    abstract replace(key: SessionKey, entries: AsyncIterable<readonly StoredEntry[]>, seal: (current: StoredHead | null) => StoredHead, context: WriteContext): Promise<StoredHead>;
    abstract remove(key: SessionKey, context: WriteContext): Promise<boolean>;
    abstract acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock>;
    abstract verify(): AsyncIterable<Finding>;
    abstract repair(key: SessionKey | null): Promise<RepairReport>;
    abstract backup(target: string): Promise<void>;
    abstract close(): Promise<void>;
}

export interface SessionKey {
    readonly namespace: string;
    readonly id: string;
}

export type StoredEntry = Entry<JsonObject>;

export interface StoredHead extends SessionHead<JsonObject> {
    readonly epoch: string;
    readonly previewSeq: number;
    readonly extra: JsonObject;
}

export interface SummaryColumns {
    readonly id: string;
    readonly namespace: string;
    readonly title: string;
    readonly preview: string;
    readonly labels: string;
    readonly metadata: string;
    readonly pinned: boolean;
    readonly archived: boolean;
    readonly parentId: string | null;
    readonly parentMessageCount: number | null;
    readonly usage: string;
    readonly messageCount: number;
    readonly revision: number;
    readonly createdAt: string;
    readonly updatedAt: string;
}

export declare class TimeSlice {
    #private;
    get isOver(): boolean;
    pause(): Promise<void>;
}

export interface Transcript {
    readonly head: StoredHead;
    read(range: EntryRange): AsyncIterable<readonly StoredEntry[]>;
    close(): Promise<void>;
}

export interface Wait {
    readonly timeoutMs: number;
    readonly deadline: number;
    readonly signal: AbortSignal | undefined;
}

export interface WriteContext {
    readonly wait: Wait;
    readonly lock: BackendLock | null;
}

export declare function abortSignal(value: unknown, name: string): AbortSignal;

export declare function checkOptions<C extends OptionChecks>(what: string, given: unknown, checks: C): {
    readonly [K in keyof C]?: ReturnType<C[K]>;
};

export declare function checkSessionId(value: unknown, path?: string): string;

export declare function choice<const T extends string>(...allowed: readonly T[]): OptionCheck<T>;

export declare function compareCodePoints(a: string, b: string): number;

export declare function comparePositions(plan: ListPlan, a: ListPosition, b: ListPosition): number;

export declare function copyJson<T extends JsonValue>(value: T): T;

export declare function decodeHead(row: HeadColumns, fault: ColumnFault): StoredHead;

export declare function decodeSummary(row: SummaryColumns, fault: ColumnFault): SessionSummary;

export declare function encodeHead(head: StoredHead): HeadColumns;

export declare function endOfPrefix(prefix: string): string | null;

export declare function facetsOf(head: Pick<SessionSummary, "labels" | "metadata">): readonly Facet[];

export declare function filterOf(plan: ListPlan): (row: SessionSummary) => boolean;

export declare function findPreview(messages: readonly object[]): {
    readonly preview: string;
    readonly index: number;
} | null;

export declare function flag(value: unknown, name: string): boolean;

export declare function foldText(text: string): string;

export declare function hasControlCharacters(text: string): boolean;

export declare function installedSqliteDriver(require: NodeJS.Require): InstalledSqliteDriver;

export declare function labelFacet(label: string): Facet;

export declare function matchText(text: string, words: readonly string[]): TextMatch | null;

export declare function matchesId(plan: ListPlan, id: string): boolean;

export declare function messageText(message: object): string;

export declare function metadataFacet(key: string, value: unknown): Facet;

export declare function normaliseJson(value: unknown, root: string): JsonValue;

export declare function normaliseJsonObject(value: unknown, root: string): JsonObject;

export declare function positionOf(plan: ListPlan, row: SessionSummary): ListPosition;

export declare function readColumn(column: "labels" | "metadata" | "usage" | "state" | "extra", json: string): unknown;

export declare function retryOvertaken<T>(sessionId: string, read: () => Promise<T>): Promise<T>;

export declare function retryUntil<T>(wait: Wait, sessionId: string, attempt: () => Promise<T | null> | T | null, isNearlyNext?: () => boolean): Promise<T>;

export declare function runsOf(plan: ListPlan): readonly ListRun[];

export declare function scanCandidates(backend: SessionBackend, namespace: string, plan: SearchPlan, source?: ScanSource): AsyncGenerator<SearchCandidate, void, undefined>;

export declare function selectPage<Row extends SessionSummary>(plan: ListPlan, rows: Iterable<Row>): Promise<{
    readonly sessions: Row[];
    readonly hasMore: boolean;
}>;

export declare function splitWords(text: unknown): readonly string[];

export declare function sqliteDriverProblem({ version, nativePart }: InstalledSqliteDriver, nodeVersion: string): string | null;

export declare function startWait(timeoutMs: number, signal?: AbortSignal): Wait;

export declare function storeOver<M extends object = Message, S extends object = JsonObject>(backend: SessionBackend, options?: StoreOptions<M, S>): SessionStore<M, S>;

export declare function targetPath({ scheme, location, options }: StoreTarget): string;

export declare function text(value: unknown, name: string): string;

export declare function toSummary(head: SessionSummary): SessionSummary;

export declare function utf8Length(text: string): number;

export declare function wholeEntries<M extends object, S extends object>({ head, entries, }: SessionSnapshot<M, S>): AsyncGenerator<Entry<M>, void, undefined>;

export declare function wholeNumber(bounds: {
    readonly min: number;
    readonly max: number;
}): OptionCheck<number>;

// Not exported, but mentioned above.

type OptionCheck<T> = (value: unknown, name: string) => T;

interface TextMatch {
    readonly snippet: string;
    readonly matchStart: number;
    readonly matchEnd: number;
}
