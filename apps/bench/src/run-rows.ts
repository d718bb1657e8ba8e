import { measureSides } from "./measure-sides.js";
import type { BudgetRow, RowContext } from "./row.js";
import { type RowResult, toResult } from "./verdict.js";

/** A row measures for at most so long, its preparation aside; in milliseconds. */
const TIME_LIMIT_MS = { full: 12_000, quick: 1_500 };
const QUICK_PART = 5;
const FEWEST_TURNS = 3;

/** Builds what the rows need, then measures them one after the other; nothing else may run meanwhile. */
export async function* runRows(rows: readonly BudgetRow[], context: RowContext): AsyncGenerator<RowResult> {
  await context.stores.build(rows.flatMap((row) => row.needs?.(context.scale) ?? []));
  for (const row of rows) yield await runRow(row, context);
}

async function runRow(row: BudgetRow, context: RowContext): Promise<RowResult> {
  const isQuick = context.scale < 1;
  const sides = await row.prepare(context);
  try {
    const samples = await measureSides(sides, {
      turns: isQuick
        ? Math.min(row.turns, Math.max(FEWEST_TURNS, Math.ceil(row.turns / QUICK_PART)))
        : row.turns,
      warmUp: isQuick ? Math.ceil(row.warmUp / QUICK_PART) : row.warmUp,
      collectsGarbage: row.collectsGarbage ?? false,
      timeLimitMs: isQuick ? TIME_LIMIT_MS.quick : TIME_LIMIT_MS.full,
    });
    return toResult(row, samples);
  } finally {
    await sides.close?.();
  }
}
