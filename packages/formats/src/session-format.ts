import type { JsonObject, SessionSnapshot } from "@agent-sessions/core";
import type { SourceFile } from "./source-file.js";

/** Every format that can be read. */
export type FormatName = "agent-sessions" | "claw-port" | "flowr";

/**
 * What a format says about a file after a cheap look: it is one of its own, it is not; or it belongs to the same tool and is no session,
 * with the reason as a person would say it.
 */
export type Recognition = "session" | "unknown" | { readonly notASession: string };

/** One session out of a file, or a part of the file that could not be read; the rest of the file goes on. */
export type ReadItem =
  | { readonly snapshot: SessionSnapshot<JsonObject> }
  | { readonly damage: { readonly line: number | null; readonly reason: string } };

/**
 * One file format of one tool. A format is one module, and one row in `formats.ts`.
 *
 * Both methods may throw what the file system throws, and `MalformedFileError` for content that breaks the format's rules.
 */
export interface SessionFormat {
  readonly name: FormatName;
  /** Says "session" for a damaged file too, as long as it still bears the format's marks: it is then reported as damaged. */
  recognise(file: SourceFile): Promise<Recognition>;
  /** The file's sessions in their order. Each one's entries are valid until the next item is asked for. */
  read(file: SourceFile): AsyncIterable<ReadItem>;
}
