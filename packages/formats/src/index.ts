export { detect } from "./detect.js";
export type { ImportedSession, Unreadable } from "./imported-session.js";
export { READABLE_FORMATS, type ReadSessionsOptions, readSessions } from "./read-sessions.js";
export { Redaction } from "./redaction.js";
export { redate } from "./redate.js";
export type { FormatName } from "./session-format.js";
export { sessionFromFlow } from "./session-from-flow.js";
export type { WritableFormat } from "./session-writer.js";
export { gzipLines, type WriteArchiveOptions, writeArchive } from "./write-archive.js";
export { renderHtml } from "./write-html.js";
export { renderMarkdown } from "./write-markdown.js";
export {
  WRITABLE_FORMATS,
  type WriteResult,
  type WriteSessionsOptions,
  writeSessions,
} from "./write-sessions.js";
