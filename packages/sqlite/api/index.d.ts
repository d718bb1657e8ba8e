import type { JsonObject, Message, OpenBackend, RepairReport, SessionStore, StoreOptions } from "@agent-sessions/core";

export interface GivenDatabase {
    readonly open: boolean;
    readonly inTransaction: boolean;
    readonly readonly: boolean;
    prepare(sql: string): unknown;
    exec(sql: string): unknown;
    pragma(sql: string, options?: {
        readonly simple?: boolean;
    }): unknown;
    backup(path: string): Promise<unknown>;
    close(): unknown;
}

export type GivenDriver = new (source: string | Buffer, options?: SqlOpenOptions) => GivenDatabase;

export type JournalMode = "wal" | "delete" | "truncate" | "persist";

export interface RepairDatabaseOptions {
    readonly path: string;
    readonly lockTimeoutMs?: number | undefined;
}

export interface SqliteSessionStoreOptions<M extends object = Message, S extends object = JsonObject> extends StoreOptions<M, S> {
    readonly path?: string | undefined;
    readonly database?: GivenDatabase | undefined;
    readonly driver?: GivenDriver | undefined;
    readonly durability?: "durable" | "relaxed" | undefined;
    readonly journalMode?: JournalMode | undefined;
    readonly busyTimeoutMs?: number | undefined;
    readonly readOnly?: boolean | undefined;
    readonly search?: boolean | undefined;
}

export { StorageFigures } from "@agent-sessions/file";

export declare const open: OpenBackend;

export declare function openSqliteSessionStore<M extends object = Message, S extends object = JsonObject>(options: SqliteSessionStoreOptions<M, S>): Promise<SessionStore<M, S>>;

export declare function repairSqliteDatabase(options: RepairDatabaseOptions): Promise<RepairReport>;

export declare function storageFigures(path: string): Promise<StorageFigures>;

// Not exported, but mentioned above.

interface SqlOpenOptions {
    readonly readonly?: boolean;
    readonly fileMustExist?: boolean;
    readonly timeout?: number;
}
