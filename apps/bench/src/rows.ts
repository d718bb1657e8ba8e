import type { BudgetRow } from "./row.js";
import { appendGrowthRows } from "./rows/append-growth-rows.js";
import { cliRows } from "./rows/cli-rows.js";
import { coreRows } from "./rows/core-rows.js";
import { hugeSessionRows } from "./rows/huge-session-rows.js";
import { jsonAppendRows } from "./rows/json-append-rows.js";
import { largeSessionRows } from "./rows/large-session-rows.js";
import { listRows } from "./rows/list-rows.js";
import { loadRows } from "./rows/load-rows.js";
import { postgresRows } from "./rows/postgres-rows.js";
import { sqliteAppendRows } from "./rows/sqlite-append-rows.js";
import { sqliteSearchRows } from "./rows/sqlite-search-rows.js";
import { streamRows } from "./rows/stream-rows.js";

/** The performance budget, in the order in which it is measured and printed. */
export const ROWS: readonly BudgetRow[] = [
  ...coreRows,
  ...cliRows,
  ...jsonAppendRows,
  ...sqliteAppendRows,
  ...appendGrowthRows,
  ...largeSessionRows,
  ...hugeSessionRows,
  ...listRows,
  ...sqliteSearchRows,
  ...loadRows,
  ...streamRows,
  ...postgresRows,
];

/** The rows that any of the words names: an id, its beginning up to a slash, or a part of it. @throws {RangeError} for a word that names none */
export function selectRows(words: readonly string[]): readonly BudgetRow[] {
  if (words.length === 0) return ROWS;
  const unknown = words.filter((word) => !ROWS.some(({ id }) => id.includes(word)));
  if (unknown.length > 0)
    throw new RangeError(`No row is called ${unknown.join(" or ")}; --rows lists them.`);
  return ROWS.filter(({ id }) => words.some((word) => id.includes(word)));
}
