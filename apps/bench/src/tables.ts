import type { RowContext } from "./row.js";
import type { Table, TablePlan } from "./table.js";
import { diskTable } from "./tables/disk-table.js";
import { memoryTable } from "./tables/memory-table.js";
import { stallTable } from "./tables/stall-table.js";

export const TABLES: readonly TablePlan[] = [memoryTable, diskTable, stallTable];

export async function measureTable(plan: TablePlan, context: RowContext): Promise<Table> {
  await context.stores.build(plan.needs(context.scale));
  const { id, title, note, columns } = plan;
  return { id, title, note, columns, rows: await plan.measure(context) };
}
