export type { StorageFigures } from "@agent-sessions/file";
export type { JournalMode } from "./database-handle.js";
export { type RepairDatabaseOptions, repairSqliteDatabase } from "./repair-sqlite-database.js";
export type { GivenDatabase, GivenDriver } from "./sql-database.js";
export { open, openSqliteSessionStore, type SqliteSessionStoreOptions } from "./sqlite-session-store.js";
export { storageFigures } from "./storage-figures.js";
