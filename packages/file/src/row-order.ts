import {
  comparePositions,
  type ListPlan,
  type ListPosition,
  positionOf,
  TimeSlice,
} from "@agent-sessions/core/backend";
import type { IndexedRow } from "./index-rows.js";

interface PlacedRow {
  /** Orders times as their texts do, ten times as fast; 0 for other fields. */
  readonly time: number;
  readonly position: ListPosition;
  readonly row: IndexedRow;
}

/** So many rows between two looks at the clock; each takes a few microseconds. */
const ROWS_PER_LOOK = 32;

/**
 * Rows in the order of a list, put in order as far as they are asked for: a heap gives the next page of 100,000 rows soon, and all pages
 * for what sorting them once costs.
 */
export class RowOrder {
  /** What it begins behind. */
  readonly begin: ListPosition;
  readonly #plan: ListPlan;
  readonly #ordered: PlacedRow[] = [];
  /** The others: each comes before the two at twice its index. */
  readonly #heap: PlacedRow[];

  private constructor(plan: ListPlan, begin: ListPosition, heap: PlacedRow[]) {
    this.#plan = plan;
    this.begin = begin;
    this.#heap = heap;
  }

  /** The rows behind a position, in the order of `plan`, whatever its filters. */
  static async behind(plan: ListPlan, begin: ListPosition, rows: readonly IndexedRow[]): Promise<RowOrder> {
    const slice = new TimeSlice();
    const heap: PlacedRow[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % ROWS_PER_LOOK === 0 && slice.isOver) await slice.pause();
      const position = positionOf(plan, row);
      if (comparePositions(plan, position, begin) > 0)
        heap.push({ time: timeOf(plan, position), position, row });
    }
    const order = new RowOrder(plan, begin, heap);
    for (let index = heap.length >> 1; index-- > 0; ) {
      if (index % ROWS_PER_LOOK === 0 && slice.isOver) await slice.pause();
      order.#sink(index);
    }
    return order;
  }

  isFor({ orderBy, direction }: ListPlan): boolean {
    return orderBy === this.#plan.orderBy && direction === this.#plan.direction;
  }

  /** The index of the first row behind a position, which must not lie before `begin`. */
  async firstBehind(position: ListPosition): Promise<number> {
    const slice = new TimeSlice();
    const isBehind = (placed: PlacedRow): boolean =>
      comparePositions(this.#plan, placed.position, position) > 0;
    for (let last = this.#ordered.at(-1); last === undefined || !isBehind(last); last = this.#takeNext()) {
      if (this.#heap.length === 0) break;
      if (this.#ordered.length % ROWS_PER_LOOK === 0 && slice.isOver) await slice.pause();
    }
    let from = 0;
    for (let to = this.#ordered.length; from < to; ) {
      const middle = (from + to) >> 1;
      const placed = this.#ordered[middle];
      if (placed !== undefined && !isBehind(placed)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Undefined behind the last one. @param index at most one behind an index that was asked for */
  at(index: number): IndexedRow | undefined {
    return (this.#ordered[index] ?? this.#takeNext())?.row;
  }

  #takeNext(): PlacedRow | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (first !== last) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    this.#ordered.push(first);
    return first;
  }

  /** Puts a row where it belongs among those below it. */
  #sink(from: number): void {
    const heap = this.#heap;
    const sinking = heap[from];
    if (sinking === undefined) return;
    let index = from;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const isRightFirst = left !== undefined && right !== undefined && this.#isBefore(right, left);
      const first = isRightFirst ? right : left;
      if (first === undefined || !this.#isBefore(first, sinking)) break;
      heap[index] = first;
      index = 2 * index + (isRightFirst ? 2 : 1);
    }
    heap[index] = sinking;
  }

  #isBefore(a: PlacedRow, b: PlacedRow): boolean {
    if (a.time !== b.time) return a.time < b.time;
    return comparePositions(this.#plan, a.position, b.position) < 0;
  }
}

/** Smaller for what comes first. */
function timeOf({ orderBy, direction }: ListPlan, { value }: ListPosition): number {
  if (orderBy !== "updatedAt" && orderBy !== "createdAt") return 0;
  return direction === "asc" ? Date.parse(value) : -Date.parse(value);
}
