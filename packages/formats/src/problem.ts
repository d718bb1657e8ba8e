import { SessionStoreError } from "@agent-sessions/core";
import type { Unreadable } from "./imported-session.js";
import { DriverMissingError } from "./load-sqlite.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { ioReason, isSystemError } from "./system-error.js";

/** What an `Unreadable` says about a file, but for its path. */
export type Problem = Pick<Unreadable, "fault" | "line" | "reason">;

/** An error that reading a file ended with, as a report. @throws what is neither of the file nor of its content */
export function problemOf(error: unknown): Problem {
  if (error instanceof MalformedFileError)
    return { fault: "damaged", line: error.line, reason: error.message };
  if (error instanceof DriverMissingError) return { fault: "io", line: null, reason: error.message };
  if (SessionStoreError.is(error)) {
    return { fault: "damaged", line: null, reason: `holds what no store can keep: ${error.message}` };
  }
  if (isSystemError(error)) return { fault: "io", line: null, reason: ioReason(error) };
  throw error;
}
