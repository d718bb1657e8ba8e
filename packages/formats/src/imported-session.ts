import type { SessionSnapshot } from "@agent-sessions/core";
import type { FormatName } from "./session-format.js";

/** A session found in a file of another tool, or in an archive of ours. */
export interface ImportedSession {
  readonly kind: "session";
  readonly format: FormatName;
  /** The file it was found in. */
  readonly path: string;
  /** What `store.restore` takes. Its entries can be read, as often as need be, until the next item is asked for. */
  readonly snapshot: SessionSnapshot;
  /**
   * The file's time of modification stands for times that the format does not have, or this file lacks. A copy of the file has another
   * one, so hold such a session against a stored one with `redate(snapshot, stored.createdAt)`.
   */
  readonly isDatedByFile: boolean;
}

/** A file, a folder, or a part of a file that gave no session. */
export interface Unreadable {
  readonly kind: "unreadable";
  readonly path: string;
  /** The format whose marks the file bears; null when it bears none. */
  readonly format: FormatName | null;
  /** 1-based; null when the whole file is meant. */
  readonly line: number | null;
  /**
   * `damaged`: a session lies there and cannot be read. `damaged-file`: the file as a whole is not what was written, and sessions may be
   * missing. `incomplete`: the session before it came in without this part of it.
   * `ambiguous`: it could be of several formats. `not-a-session`: none was recognised. `io`: the file system, or a missing driver, refused.
   */
  readonly fault: "damaged" | "damaged-file" | "incomplete" | "ambiguous" | "not-a-session" | "io";
  /** What is wrong, to follow the path: "is not valid JSON: …". */
  readonly reason: string;
  /** The caller named this very path; it was not merely met in a folder. */
  readonly wasNamed: boolean;
}
