import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { SqlDatabase, SqlRow } from "./sql-database.js";
import { isDamage } from "./sqlite-error.js";

/** How many faults SQLite is asked for. */
const MAX_FAULTS = 50;
const CHECK = `quick_check(${MAX_FAULTS})`;

/** Plain text, because a bundled package has no second file to start a worker from. */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
try {
  const Database = require(workerData.driver);
  const database = new Database(workerData.path, { readonly: true, fileMustExist: true });
  parentPort.postMessage({ rows: database.pragma(workerData.check).map((row) => String(Object.values(row)[0])) });
  database.close();
} catch (error) {
  parentPort.postMessage({ failure: error.message, code: error.code });
}`;

type Answer = { readonly rows: readonly string[] } | { readonly failure: string; readonly code: string };

/** SQLite's check of a file, in a thread of its own: it reads every page. Empty when all is well. */
export async function checkPagesOfFile(path: string): Promise<readonly string[]> {
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const worker = new Worker(WORKER, { eval: true, workerData: { driver, path, check: CHECK } });
  const answer = await new Promise<Answer>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () =>
      reject(new Error("The thread that checks the database ended without an answer.")),
    );
  });
  await worker.terminate();
  if ("rows" in answer) return faultsIn(answer.rows);
  return damageIn(Object.assign(new Error(answer.failure), { code: answer.code }));
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
