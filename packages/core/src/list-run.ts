import type { ListPlan, ListPosition } from "./list-plan.js";

/** A list is one run of rows; with `pinnedFirst` two, the pinned ones and then the others, each in the order of the plan. */
export interface ListRun {
  readonly pinned: boolean | null;
  /** Begin behind this row. */
  readonly after: ListPosition | null;
}

/** The runs of a plan, for backends whose indexes know nothing of `pinnedFirst`. */
export function runsOf(plan: ListPlan): readonly ListRun[] {
  if (!plan.pinnedFirst) return [{ pinned: plan.pinned, after: plan.after }];
  const isBehindPinned = plan.after !== null && plan.after.pinned === false;
  const runs: ListRun[] = [];
  if (!isBehindPinned && plan.pinned !== false) runs.push({ pinned: true, after: plan.after });
  if (plan.pinned !== true) runs.push({ pinned: false, after: isBehindPinned ? plan.after : null });
  return runs;
}

/** The least text that is greater than all texts with this prefix, by code point; null when there is none. */
export function endOfPrefix(prefix: string): string | null {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) as number;
    if (point === 0x10ffff) continue;
    // U+D800 to U+DFFF are no characters.
    return points.join("") + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return null;
}
