import type { JsonObject, Message, OpenBackend, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import type { FileSessionStoreOptions, StorageFigures } from "@agent-sessions/file";

export interface YamlSessionStoreOptions<M extends object = Message, S extends object = JsonObject> extends FileSessionStoreOptions<M, S> {
}

export declare const open: OpenBackend;

export declare function openYamlSessionStore<M extends object = Message, S extends object = JsonObject>(options: YamlSessionStoreOptions<M, S>): Promise<SessionStore<M, S>>;

export declare function readSessionFile<M extends object = Message, S extends object = JsonObject>(path: string): Promise<SessionSnapshot<M, S>>;

export declare function storageFigures(path: string): Promise<StorageFigures>;
