import type { JsonValue, Message, SessionInit, SessionSnapshot } from "@agent-sessions/core";

export type FormatName = "agent-sessions" | "claude-code" | "claw-json" | "claw-jsonl" | "claw-port" | "codex" | "flowr" | "gemini" | "hermes-agent" | "hermes-webui" | "opencode" | "pi" | "registry-review";

export interface ImportedSession {
    readonly kind: "session";
    readonly format: FormatName;
    readonly path: string;
    readonly snapshot: SessionSnapshot;
    readonly isDatedByFile: boolean;
}

export declare const READABLE_FORMATS: readonly FormatName[];

export interface ReadSessionsOptions {
    readonly format?: FormatName | undefined;
    readonly signal?: AbortSignal | undefined;
}

export declare class Redaction {
    #private;
    get total(): number;
    get counts(): Readonly<Record<string, number>>;
    of<M extends object, S extends object>(snapshots: AsyncIterable<SessionSnapshot<M, S>> | Iterable<SessionSnapshot<M, S>>): AsyncGenerator<SessionSnapshot<M, S>>;
    text(text: string): string;
    value(value: JsonValue): JsonValue;
}

export interface Unreadable {
    readonly kind: "unreadable";
    readonly path: string;
    readonly format: FormatName | null;
    readonly line: number | null;
    readonly fault: "damaged" | "damaged-file" | "incomplete" | "ambiguous" | "not-a-session" | "io";
    readonly reason: string;
    readonly wasNamed: boolean;
}

export declare const WRITABLE_FORMATS: readonly WritableFormat[];

export type WritableFormat = "claw-json" | "claw-jsonl" | "claw-port" | "flowr" | "hermes-webui" | "html" | "markdown" | "registry-review";

export interface WriteArchiveOptions {
    readonly redaction?: Redaction | undefined;
}

export type WriteResult = {
    readonly kind: "written";
    readonly id: string;
    readonly path: string;
    readonly notHeld: readonly string[];
} | {
    readonly kind: "unwritable";
    readonly id: string;
    readonly reason: string;
};

export interface WriteSessionsOptions {
    readonly format: WritableFormat;
    readonly folder: string;
    readonly redaction?: Redaction | undefined;
    readonly signal?: AbortSignal | undefined;
}

export declare function detect(path: string): Promise<FormatName | null>;

export declare function gzipLines(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array>;

export declare function readSessions(paths: string | readonly string[], options?: ReadSessionsOptions): AsyncGenerator<Item>;

export declare function redate<M extends object, S extends object>({ head, entries }: SessionSnapshot<M, S>, at: string): SessionSnapshot<M, S>;

export declare function renderHtml({ head, entries }: SessionSnapshot): AsyncGenerator<string>;

export declare function renderMarkdown({ head, entries }: SessionSnapshot): AsyncGenerator<string>;

export declare function sessionFromFlow(filePath: string): Promise<Required<Pick<SessionInit, "title" | "metadata" | "state">>>;

export declare function writeArchive<M extends object = Message, S extends object = object>(snapshots: AsyncIterable<SessionSnapshot<M, S>> | Iterable<SessionSnapshot<M, S>>, options?: WriteArchiveOptions): AsyncGenerator<string>;

export declare function writeSessions(snapshots: AsyncIterable<SessionSnapshot> | Iterable<SessionSnapshot>, options: WriteSessionsOptions): AsyncGenerator<WriteResult>;

// Not exported, but mentioned above.

type Item = ImportedSession | Unreadable;
