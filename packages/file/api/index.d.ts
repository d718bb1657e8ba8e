import type { Finding, JsonObject, JsonValue, Message, RepairReport, SessionSnapshot, SessionStore, StoreCapabilities, StoreOptions } from "@agent-sessions/core";
import type { BackendLock, BackendPage, Decide, ListPlan, MutateOptions, SearchCandidate, SearchPlan, SessionBackend, SessionKey, StoredEntry, StoredHead, Transcript, Wait, WriteContext } from "@agent-sessions/core/backend";

export declare class CodecNotLoadedError extends Error {
    readonly name = "CodecNotLoadedError";
}

export declare const DEFAULT_LIMITS: {
    readonly maxRecordBytes: number;
    readonly maxDepth: number;
};

export declare class FileSessionBackend extends SessionBackend {
    #private;
    readonly name: string;
    readonly location: string;
    constructor(settings: FileStoreSettings);
    get capabilities(): StoreCapabilities;
    readHead(key: SessionKey): Promise<StoredHead | null>;
    openTranscript(key: SessionKey): Promise<Transcript | null>;
    listPage(namespace: string, plan: ListPlan): Promise<BackendPage>;
    searchCandidates(namespace: string, plan: SearchPlan): AsyncGenerator<SearchCandidate, void, undefined>;
    namespaces(): AsyncGenerator<string, void, undefined>;
    mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead>;
    replace(key: SessionKey, entries: AsyncIterable<readonly StoredEntry[]>, seal: (current: StoredHead | null) => StoredHead, context: WriteContext): Promise<StoredHead>;
    remove(key: SessionKey, context: WriteContext): Promise<boolean>;
    acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock>;
    verify(): AsyncGenerator<Finding, void, undefined>;
    repair(key: SessionKey | null): Promise<RepairReport>;
    backup(target: string): Promise<void>;
    close(): Promise<void>;
}

export interface FileSessionStoreOptions<M extends object = Message, S extends object = JsonObject> extends StoreOptions<M, S> {
    readonly path: string;
    readonly durability?: "durable" | "relaxed" | undefined;
    readonly locking?: "kernel" | "single-process" | undefined;
    readonly networkFileSystem?: "refuse" | "accept" | undefined;
    readonly maxRecordBytes?: number | undefined;
    readonly maxDepth?: number | undefined;
}

export interface FileStoreSettings {
    readonly root: string;
    readonly codec: RecordCodec;
    readonly isDurable: boolean;
    readonly locking: Locking;
    readonly networkFileSystem: NetworkFileSystem;
    readonly maxRecordBytes: number;
    readonly maxDepth: number;
}

export interface RecordCodec {
    readonly name: string;
    readonly extension: string;
    readonly batchBytes: number;
    load?(): Promise<void> | undefined;
    encodeField(key: string, value: JsonValue, isFirst: boolean): string;
    readonly headerEnd: string;
    encodeFooter(json: string, isFirst: boolean): string;
    decodeRecord(text: string): JsonValue | undefined;
    decodeRecords?(bytes: Buffer, from: number, ends: readonly number[]): JsonValue[] | null;
    decodeField(text: string, key: string): JsonValue | undefined;
    findEnd(bytes: Buffer, from: number): number;
    findStart(bytes: Buffer, end: number): number;
    footerText(bytes: Buffer, start: number, end: number): string | null;
    glanceKeep(bytes: Buffer, start: number, end: number): number | null | undefined;
    mayRespell(text: string): boolean;
    placeOfLevel?(text: string, level: number): {
        readonly line: number;
        readonly column: number;
    };
    closingFor(text: string): string;
}

export declare class RecordSyntaxError extends Error {
    readonly name = "RecordSyntaxError";
    readonly line: number;
    readonly column: number;
    constructor(reason: string, line: number, column: number, options?: ErrorOptions);
}

export declare class RecordTooDeepError extends RecordSyntaxError {
    constructor(line: number, column: number, options?: ErrorOptions);
}

export interface StorageFigures {
    readonly sessions: number;
    readonly messages: number;
    readonly bytes: {
        readonly data: number;
        readonly index: number;
        readonly wal: number;
        readonly free: number;
        readonly setAside: number;
        readonly other: number;
    };
}

export declare function diskNameOf(id: string): string;

export declare function namespaceFolderName(namespace: string): string;

export declare function openFileSessionStore<M extends object = Message, S extends object = JsonObject>(what: string, codec: RecordCodec, options: FileSessionStoreOptions<M, S>): Promise<SessionStore<M, S>>;

export declare function parseSessionFileName(fileName: string, extension: string): string | null;

export declare function readSessionFileWith<M extends object = Message, S extends object = JsonObject>(codec: RecordCodec, path: string): Promise<SessionSnapshot<M, S>>;

export declare function sessionFileName(id: string, extension: string): string;

export declare function storageFiguresWith(codec: RecordCodec, path: string): Promise<StorageFigures>;

// Not exported, but mentioned above.

type Locking = "kernel" | "single-process";

type NetworkFileSystem = "refuse" | "accept";
