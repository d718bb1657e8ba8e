import type { Recognition } from "./session-format.js";
import type { SourceFile } from "./source-file.js";

/** Copies that programs, and people, leave beside a session. */
const COPY = /(?:\.bak|\.tmp|~)$|\.tmp[-.]|\.bak[-.]/;

/** "session", unless the file's name says that it is only a copy of one. */
export function leftover(file: SourceFile, ownPattern: RegExp | null, reason: string): Recognition {
  if (ownPattern?.test(file.name) === true) return { notASession: reason };
  if (COPY.test(file.name)) return { notASession: "is a copy that was left beside a session, by its name" };
  return "session";
}
