import { createRequire } from "node:module";
import type BetterSqlite3 from "better-sqlite3";
import { timed } from "../measure-sides.js";

export interface QueryByHandInput {
  readonly path: string;
  readonly query: string;
}

/** What nothing in SQLite can do without: the driver with its native part, the file, and one query. */
export async function queryByHand({
  path,
  query,
}: QueryByHandInput): Promise<{ readonly milliseconds: number }> {
  let rows: readonly unknown[] = [];
  const milliseconds = await timed(() => {
    const Database = createRequire(import.meta.url)("better-sqlite3") as typeof BetterSqlite3;
    const database = new Database(path, { fileMustExist: true });
    rows = database.prepare(query).all();
    database.close();
  });
  if (rows.length === 0) throw new Error("The query found nothing.");
  return { milliseconds };
}
