import type { JsonObject, Message, OpenBackend, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import type { FileSessionStoreOptions, StorageFigures } from "@agent-sessions/file";

export interface JsonSessionStoreOptions<M extends object = Message, S extends object = JsonObject> extends FileSessionStoreOptions<M, S> {
}

export declare const open: OpenBackend;

export declare function openJsonSessionStore<M extends object = Message, S extends object = JsonObject>(options: JsonSessionStoreOptions<M, S>): Promise<SessionStore<M, S>>;

export declare function readSessionFile<M extends object = Message, S extends object = JsonObject>(path: string): Promise<SessionSnapshot<M, S>>;

export declare function storageFigures(path: string): Promise<StorageFigures>;
