import type { JsonObject, Message, SessionStore, StoreOptions } from "@agent-sessions/core";
import type { BackendLock, SessionKey, StoredHead } from "@agent-sessions/core/backend";

export declare class MemoryData {
    #private;
    get(key: SessionKey): MemorySession | null;
    set(key: SessionKey, session: MemorySession): void;
    delete(key: SessionKey): boolean;
    namespaces(): readonly string[];
    heads(namespace: string): Generator<StoredHead, void, undefined>;
    tryLock(key: SessionKey): BackendLock | null;
    isLocked(key: SessionKey, own: BackendLock | null): boolean;
}

export interface MemorySessionStoreOptions<M extends object = Message, S extends object = JsonObject> extends StoreOptions<M, S> {
    readonly data?: MemoryData | undefined;
}

export declare function createMemoryData(): MemoryData;

export declare function openMemorySessionStore<M extends object = Message, S extends object = JsonObject>(options?: MemorySessionStoreOptions<M, S>): Promise<SessionStore<M, S>>;

// Not exported, but mentioned above.

interface MemoryEntry {
    readonly at: string;
    readonly json: string;
}

interface MemorySession {
    readonly head: StoredHead;
    readonly entries: MemoryEntry[];
    readonly operations: Map<string, string>;
}
