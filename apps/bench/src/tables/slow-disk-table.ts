import type { AppendOnSlowDiskAnswer, AppendOnSlowDiskInput } from "../child/append-on-slow-disk.js";
import { scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { TablePlan, TableRow } from "../table.js";

const TURNS = 600;
/** Solid state disks take from a tenth of a millisecond to several for a flush, turning ones about ten. */
const SLOWER_MS: readonly number[] = [0, 1, 4];

export const slowDiskTable: TablePlan = {
  id: "slow-disks",
  title: "A durable append to a JSON session, by the time that the disk takes for a flush",
  note: "Against open, write of the same bytes, fdatasync, close. What an append does besides is the same on every disk; slower ones are this one and a timer.",
  columns: ["by hand", "append()", "ratio"],
  needs: () => [],
  measure: async ({ scratch, scale }) => {
    const rows: TableRow[] = [];
    for (const slowerMs of SLOWER_MS) {
      const folder = scratch.path(`slower-by-${slowerMs}`);
      const input: AppendOnSlowDiskInput = { folder, slowerMs, turns: scaled(TURNS, scale) };
      const { byHandMs, oursMs, ratio } = await runTask<AppendOnSlowDiskAnswer>("appendOnSlowDisk", input);
      rows.push({
        id: `slower-by-${slowerMs}`,
        title: slowerMs === 0 ? "this disk" : `slower by ${slowerMs} ms`,
        cells: [
          { value: byHandMs, unit: "ms" },
          { value: oursMs, unit: "ms" },
          { value: ratio, unit: "×" },
        ],
      });
    }
    return rows;
  },
};
