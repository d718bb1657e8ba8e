import type { SqlDatabase, SqlRow } from "./sql-database.js";
import { isDamage } from "./sqlite-error.js";
import { queryInThread } from "./work-in-thread.js";

/** How many faults SQLite is asked for. */
const MAX_FAULTS = 50;
/** How long the check waits for a database that is being recovered or replaced, in milliseconds: it holds no event loop. */
const MAX_WAIT_MS = 5000;
const CHECK = `quick_check(${MAX_FAULTS})`;

/** SQLite's check of a file, in a thread of its own: it reads every page. Empty when all is well. */
export async function checkPagesOfFile(path: string): Promise<readonly string[]> {
  try {
    const options = { readonly: true, timeout: MAX_WAIT_MS };
    const [rows = []] = await queryInThread(path, [`PRAGMA ${CHECK}`], options);
    return faultsIn(rows.map(([fault]) => String(fault)));
  } catch (error) {
    return damageIn(error);
  }
}

/** The same on a connection, at once: a large database holds the event loop up meanwhile. */
export function checkPagesOf(database: SqlDatabase): readonly string[] {
  try {
    const rows = database.pragma(CHECK) as readonly Readonly<Record<string, SqlRow[number]>>[];
    return faultsIn(rows.map((row) => String(Object.values(row)[0])));
  } catch (error) {
    return damageIn(error);
  }
}

/** A database may be too damaged to be checked. */
function damageIn(error: unknown): readonly string[] {
  if (error instanceof Error && isDamage(error)) return [error.message];
  throw error;
}

function faultsIn(rows: readonly string[]): readonly string[] {
  return rows.filter((row) => row !== "ok");
}
