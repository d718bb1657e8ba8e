import type { Unreadable } from "@agent-sessions/formats";
import type { ReplacedSession } from "./replaced-session.js";

/** What an import did; `found` = `imported` + `skipped` + `failed`. */
export interface ImportReport {
  /** Sessions recognised in the files. */
  readonly found: number;
  /** Stored; `replaced` and `copied` are among them. In a dry run: that would be. */
  readonly imported: number;
  /** Already there: with the same content, or with other content (then among `conflicts` too). Left as they are. */
  readonly skipped: number;
  /** Sessions that could not be read or kept; `failures` may name more: files that are not whole. */
  readonly failed: number;
  /** Messages in the sessions imported. */
  readonly messages: number;
  /** Put in the place of another one of that id. */
  readonly replaced: readonly ReplacedSession[];
  /** Added under another id, because theirs is taken. */
  readonly copied: readonly { readonly id: string; readonly path: string; readonly copyId: string }[];
  /** The namespaces, other than the store's, that archives name for their sessions: these went into the store's all the same. */
  readonly otherNamespaces: readonly string[];
  readonly conflicts: readonly { readonly id: string; readonly path: string }[];
  readonly failures: readonly ImportFailure[];
  /** What sessions that were found had to do without: a line, an upload, a list of projects. */
  readonly incomplete: readonly Unreadable[];
  /** Files and folders that hold no session, or could not be read at all. */
  readonly others: readonly Unreadable[];
}

export interface ImportFailure {
  readonly path: string;
  /** 1-based; null when the whole file is meant. */
  readonly line: number | null;
  /** Null when it could not be read. */
  readonly id: string | null;
  readonly reason: string;
  /** It is about the file as a whole, such as an archive that was cut off, and about no one session. */
  readonly isOfFile: boolean;
}

/** A file that was named and is none, or could not be read, is a failure; others that were met in a folder are only told. */
export function isFailure({ wasNamed, fault }: Unreadable): boolean {
  return wasNamed || fault === "io";
}
