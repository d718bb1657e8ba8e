import type { RowContext } from "./row.js";
import type { Table, TablePlan } from "./table.js";
import { appendStepsTable } from "./tables/append-steps-table.js";
import { diskTable } from "./tables/disk-table.js";
import { lockWaitTable } from "./tables/lock-wait-table.js";
import { memoryTable } from "./tables/memory-table.js";
import { slowDiskTable } from "./tables/slow-disk-table.js";
import { sqliteWritersTable } from "./tables/sqlite-writers-table.js";
import { stallTable } from "./tables/stall-table.js";

const TABLES: readonly TablePlan[] = [
  memoryTable,
  diskTable,
  stallTable,
  lockWaitTable,
  sqliteWritersTable,
  appendStepsTable,
  slowDiskTable,
];

/** The tables of these ids; all when there are none. @throws {RangeError} for an id that no table has */
export function selectTables(ids: readonly string[]): readonly TablePlan[] {
  const unknown = ids.filter((id) => !TABLES.some((table) => table.id === id));
  if (unknown.length > 0)
    throw new RangeError(
      `No table is called ${unknown.join(" or ")}: ${TABLES.map(({ id }) => id).join(", ")}.`,
    );
  return ids.length === 0 ? TABLES : TABLES.filter(({ id }) => ids.includes(id));
}

export async function measureTable(plan: TablePlan, context: RowContext): Promise<Table> {
  await context.stores.build(plan.needs(context.scale));
  const { id, title, note, columns } = plan;
  return { id, title, note, columns, rows: await plan.measure(context) };
}
