export { detect } from "./detect.js";
export type { ImportedSession, Unreadable } from "./imported-session.js";
export { type ReadSessionsOptions, readSessions } from "./read-sessions.js";
export type { FormatName } from "./session-format.js";
export { writeArchive } from "./write-archive.js";
