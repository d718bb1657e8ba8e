import type { BuiltStores } from "./built-stores.js";
import type { Scratch } from "./scratch.js";
import type { StoreSpec } from "./store-spec.js";

export const GROUPS = ["core", "json", "yaml", "sqlite", "postgres", "cli"] as const;
export type Group = (typeof GROUPS)[number];

/** What a figure is: a time, a size, a number of times. */
export type Unit = "ms" | "MB" | "kB";

/** How much is measured on, as a part of what the titles speak of: 1 for a judgement, less for a look in passing. */
export type Scale = number;

/** What a row is given to prepare itself. */
export interface RowContext {
  readonly scratch: Scratch;
  readonly stores: BuiltStores;
  readonly scale: Scale;
}

/** Takes one measurement, in the row's unit. */
export type Measure = () => number | Promise<number>;

/** The two sides of a row, ready to be measured in turns. */
export interface Sides {
  readonly ours: Measure;
  /** Or the floor. Null for a row whose budget is a figure and not a ratio, and that has no floor. */
  readonly limit: Measure | null;
  readonly close?: () => void | Promise<void>;
}

/**
 * Turns before appends are measured: the first thousand or so run in the JavaScript engine's interpreter, and cost two to four times as much of its
 * time.
 */
export const APPEND_WARM_UP = 1500;

/** A line of the performance budget. */
export interface BudgetRow {
  /** Stable; what `--only` takes. Begins with the group. */
  readonly id: `${Group}/${string}`;
  readonly title: string;
  /** What is done on our side. */
  readonly ours: string;
  /** What it is compared with; null when the budget is a figure. */
  readonly limit: string | null;
  /**
   * Beside a budget that is a figure: what nobody can do it with less than, measured as the limit is. For whoever reads of a miss; no part of
   * the verdict.
   */
  readonly floor?: string;
  /** Of the ratio ours : limit, or of our figure in `unit`. */
  readonly budget: number;
  readonly unit: Unit;
  /**
   * How far beyond the budget it may be measured without being missed, as a part of it: what the same code varies by from run
   * to run on a quiet machine.
   */
  readonly tolerance: number;
  /** How many turns are measured, and how many before them are not; the quick ones come to a fifth, but to three at least. */
  readonly turns: number;
  readonly warmUp: number;
  /** Whether garbage is collected before each measurement: for those that make so much that one side would pay for the other. */
  readonly collectsGarbage?: boolean;
  /** The stores that it is measured on, to be built before. */
  needs?(scale: Scale): readonly StoreSpec[];
  prepare(context: RowContext): Promise<Sides>;
}

/** A number of sessions or messages at a scale. */
export function scaled(count: number, scale: Scale): number {
  return Math.ceil(count * scale);
}

export function groupOf({ id }: Pick<BudgetRow, "id">): string {
  return id.slice(0, id.indexOf("/"));
}
