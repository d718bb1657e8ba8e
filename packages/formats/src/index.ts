export { detect } from "./detect.js";
export type { ImportedSession, Unreadable } from "./imported-session.js";
export { type ReadSessionsOptions, readSessions } from "./read-sessions.js";
export { redate } from "./redate.js";
export type { FormatName } from "./session-format.js";
export { sessionFromFlow } from "./session-from-flow.js";
export type { WritableFormat } from "./session-writer.js";
export { writeArchive } from "./write-archive.js";
export {
  WRITABLE_FORMATS,
  type WriteResult,
  type WriteSessionsOptions,
  writeSessions,
} from "./write-sessions.js";
