import type { JsonObject, SessionSnapshot } from "@agent-sessions/core";
import type { SourceFile } from "./source-file.js";

/** Every format that can be read. */
export type FormatName =
  | "agent-sessions"
  | "claude-code"
  | "claw-json"
  | "claw-jsonl"
  | "claw-port"
  | "codex"
  | "flowr"
  | "gemini"
  | "hermes-agent"
  | "hermes-webui"
  | "opencode"
  | "pi"
  | "registry-review";

/**
 * What a format says about a file after a cheap look: it is one of its own, it is not; or it belongs to the same tool and is no session,
 * with the reason as a person would say it.
 */
export type Recognition = "session" | "unknown" | { readonly notASession: string };

/** What is wrong, and where. */
export interface Damage {
  readonly line: number | null;
  readonly reason: string;
  /** The file that is meant, where it is not the one that is being read. */
  readonly path?: string;
}

/** One session out of a file; or a whole session, part of one, or of the file itself, that could not be read. The rest of the file goes on. */
export type ReadItem =
  | {
      readonly snapshot: SessionSnapshot<JsonObject>;
      /** The file's own time stands for times that the format does not have, or that this file lacks. */
      readonly isDatedByFile?: boolean;
    }
  | { readonly damage: Damage }
  | { readonly fileDamage: Damage }
  | { readonly part: Damage };

/**
 * One file format of one tool. A format is one module, and one row in `formats.ts`.
 *
 * All methods may throw what the file system throws, and `MalformedFileError` for content that breaks the format's rules.
 */
export interface SessionFormat {
  readonly name: FormatName;
  /** Says "session" for a damaged file too, as long as it still bears the format's marks: it is then reported as damaged. */
  recognise(file: SourceFile): Promise<Recognition>;
  /** The file's sessions in their order. Each one's entries are valid until the next item is asked for. */
  read(file: SourceFile): AsyncIterable<ReadItem>;
  /** For formats whose session, or set of sessions, is a folder: such a folder is read as one, and not searched. */
  readonly folder?: FolderReader;
}

export interface FolderReader {
  recognise(path: string): Promise<boolean>;
  read(path: string): AsyncIterable<ReadItem>;
}

/** A format that reads folders. */
export type FolderFormat = SessionFormat & { readonly folder: FolderReader };
