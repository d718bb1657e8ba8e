import type { Stats } from "node:fs";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { SqlRow } from "./sql-database.js";

/**
 * A text, because a bundled package has no second file to start a worker from; and a module in a URL, because what `eval` takes a text for
 * depends on how the program was started.
 */
const WORKER = `
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
try {
  const { driver, path, readonly, timeout, queries, only } = workerData;
  const database = new (createRequire(driver)(driver))(path, { readonly, timeout, fileMustExist: true });
  try {
    const { ino, dev } = statSync(path);
    if (only !== null && (ino !== only.ino || dev !== only.dev)) throw new Error("It was replaced.");
    parentPort.postMessage({ rows: queries.map((query) => database.prepare(query).raw().all()) });
  } finally {
    database.close();
  }
} catch (error) {
  parentPort.postMessage({ failure: error.message, code: error.code });
}`;

type Answer =
  | { readonly rows: readonly (readonly SqlRow[])[] }
  | { readonly failure: string; readonly code: string };

interface QueryOptions {
  readonly readonly: boolean;
  /** How long to wait for a lock, in milliseconds. */
  readonly timeout: number;
  /** The file that must be at the path still; null for whichever is. */
  readonly only?: Pick<Stats, "ino" | "dev"> | null;
}

/**
 * Runs queries in a thread of its own, on a connection of its own, so that the event loop goes on however long they take. Returns the
 * rows of each.
 *
 * @throws the driver's error, with its code
 */
export async function queryInThread(
  path: string,
  queries: readonly string[],
  options: QueryOptions,
): Promise<readonly (readonly SqlRow[])[]> {
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`), {
    // What the program was told to load first is not for this thread.
    execArgv: [],
    workerData: { only: null, ...options, driver, path, queries },
  });
  const answer = await new Promise<Answer>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () =>
      reject(new Error("The thread that works on the database ended without an answer.")),
    );
  });
  await worker.terminate();
  if ("rows" in answer) return answer.rows;
  throw Object.assign(new Error(answer.failure), { code: answer.code });
}

/** How long other writers may be kept waiting for the end of a checkpoint, in milliseconds. */
const MAX_RESTART_MS = 50;

/**
 * Moves what the WAL holds into the database: most of it beside other writers, the rest with them kept out for a moment, or it would
 * never end while there are many of them. As far as readers allow; a failure leaves it to the next one.
 */
export async function checkpointInThread(path: string, { ino, dev }: Stats): Promise<void> {
  try {
    const queries = ["PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(RESTART)"];
    // Another file would get what the WAL holds of this one.
    await queryInThread(path, queries, { readonly: false, timeout: MAX_RESTART_MS, only: { ino, dev } });
  } catch {
    // Nothing is lost: the WAL is read as well as the database, and is moved by whoever commits or closes next.
  }
}
