import type { RowContext, Scale } from "./row.js";
import type { StoreSpec } from "./store-spec.js";

export interface TableCell {
  readonly value: number;
  readonly unit: string;
}

export interface TableRow {
  readonly id: string;
  readonly title: string;
  /** One for each of the table's columns. */
  readonly cells: readonly TableCell[];
}

/** Figures that are neither a ratio nor a curve; as they stand in the JSON of a run. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** A table that can be measured. */
export interface TablePlan extends Omit<Table, "rows"> {
  needs(scale: Scale): readonly StoreSpec[];
  measure(context: RowContext): Promise<readonly TableRow[]>;
}
