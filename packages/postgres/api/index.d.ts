import type { JsonObject, Message, OpenBackend, SessionStore, StoreOptions } from "@agent-sessions/core";

export interface PostgresPool {
    connect(): Promise<PooledClient>;
    end(): Promise<void>;
    on(event: "error", listener: (error: Error) => void): unknown;
    on(event: "connect", listener: (client: PooledClient) => void): unknown;
    listeners(event: "connect"): unknown[];
    readonly options: object;
}

export interface PostgresSessionStoreOptions<M extends object = Message, S extends object = JsonObject> extends StoreOptions<M, S> {
    readonly connectionString?: string | undefined;
    readonly pool?: PostgresPool | undefined;
    readonly schemaName?: string | undefined;
    readonly lockConnectionString?: string | undefined;
    readonly durability?: "durable" | "relaxed" | undefined;
    readonly poolSize?: number | undefined;
    readonly statementTimeoutMs?: number | undefined;
    readonly retryTimeoutMs?: number | undefined;
    readonly preparedStatements?: boolean | undefined;
    readonly search?: boolean | undefined;
}

export declare const open: OpenBackend;

export declare function openPostgresSessionStore<M extends object = Message, S extends object = JsonObject>(options: PostgresSessionStoreOptions<M, S>): Promise<SessionStore<M, S>>;

// Not exported, but mentioned above.

interface PooledClient extends Omit<PostgresClient, "connect" | "end" | "processID"> {
    release(destroy?: boolean | Error): void;
}

interface PostgresClient {
    query(config: QueryConfig): Promise<unknown>;
    escapeLiteral(text: string): string;
    on(event: "error" | "end", listener: (error?: Error) => void): unknown;
    listeners(event: "error"): unknown[];
    connect(): Promise<unknown>;
    end(): Promise<void>;
    readonly processID?: number | null;
}

interface QueryConfig {
    readonly name?: string;
    readonly text: string;
    readonly values?: readonly SqlParameter[];
    readonly rowMode: "array";
    readonly types: {
        readonly getTypeParser: (oid: number) => (text: string) => SqlValue;
    };
}

type SqlParameter = SqlValue | Buffer | readonly string[] | readonly number[];

type SqlValue = string | number | boolean | null;
