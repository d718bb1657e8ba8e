import type { OpenBackend } from "@agent-sessions/core";
import { open } from "@agent-sessions/sqlite";
import { sqliteDriver } from "./sqlite-driver.js";

/** Opens a store of SQLite with the driver that comes along. */
export const openSqliteStore: OpenBackend = async (target) =>
  await open({ ...target, options: { driver: sqliteDriver(), ...target.options } });
