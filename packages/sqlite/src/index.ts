export type { JournalMode } from "./database-handle.js";
export type { GivenDatabase } from "./sql-database.js";
export { open, openSqliteSessionStore, type SqliteSessionStoreOptions } from "./sqlite-session-store.js";
