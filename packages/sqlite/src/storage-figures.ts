import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { StorageFigures } from "@agent-sessions/file";
import { loadDriver } from "./load-driver.js";
import { openReadOnlyCopy } from "./read-only-copy.js";
import { SqlConnection } from "./sql-connection.js";
import type { SqlRow } from "./sql-database.js";
import { isUnwritable, toStoreError } from "./sqlite-error.js";
import { openSqliteSessionStore } from "./sqlite-session-store.js";

/** How long the thread waits for a database that is being recovered or replaced, in milliseconds. */
const MAX_WAIT_MS = 5000;

const COUNTS = "SELECT count(*), ifnull(sum(message_count), 0) FROM agent_sessions_sessions";
const FREE = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";
/** Every tree with its pages in bytes; an ordinary index names its table. */
const TREES = `SELECT d.name, d.pgsize, s.type FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
  WHERE d.aggregate = TRUE`;

/**
 * Counts what a database holds and what its file is used for, for people who ask where the space went. It reads every page, in a thread;
 * it writes nothing, and gives zeros for a file that is not there.
 *
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when the file is not a session store
 * @throws {StoreIoError} STORE_IO when it cannot be read
 */
export async function storageFigures(path: string): Promise<StorageFigures> {
  const file = resolve(path);
  if (sizeOf(file) === 0) return figures(0, 0, {});
  // Refuses what is not ours, and says why.
  const store = await openSqliteSessionStore({ path: file });
  try {
    const [[counts = []] = [], [[free] = []] = [], trees = []] = await query(file, [COUNTS, FREE, TREES]);
    const bytes = { data: 0, index: 0, setAside: 0, other: 0 };
    for (const [name, size, type] of trees) bytes[useOf(String(name), type === "index")] += Number(size);
    const known = bytes.data + bytes.index + bytes.setAside + bytes.other + Number(free);
    // The pages that say where the others are: they belong to no tree.
    bytes.other += Math.max(0, sizeOf(file) - known);
    const wal = sizeOf(`${file}-wal`);
    return figures(Number(counts[0]), Number(counts[1]), { ...bytes, wal, free: Number(free) });
  } catch (error) {
    throw toStoreError(error, file);
  } finally {
    await store.close();
  }
}

/** The rows of each query; where SQLite cannot open the file in its place, as on read-only media, from a copy in memory. */
async function query(file: string, queries: readonly string[]): Promise<readonly (readonly SqlRow[])[]> {
  const { queryInThread } = await import("./work-in-thread.js");
  try {
    return await queryInThread(file, queries, { readonly: true, timeout: MAX_WAIT_MS });
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    const { database } = openReadOnlyCopy(file, loadDriver(), error);
    try {
      const sql = new SqlConnection(database);
      return queries.map((one) => sql.rows(one));
    } finally {
      database.close();
    }
  }
}

/** What a tree of pages is for. Facets are what filters are looked up in: they repeat what the sessions hold. */
function useOf(name: string, isIndex: boolean): "data" | "index" | "setAside" | "other" {
  if (name === "agent_sessions_set_aside") return "setAside";
  if (isIndex || name === "agent_sessions_facets" || name.startsWith("agent_sessions_search")) return "index";
  return name.startsWith("agent_sessions_") ? "data" : "other";
}

function figures(
  sessions: number,
  messages: number,
  bytes: Partial<StorageFigures["bytes"]>,
): StorageFigures {
  return {
    sessions,
    messages,
    bytes: { data: 0, index: 0, wal: 0, free: 0, setAside: 0, other: 0, ...bytes },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
