import type { Curve } from "./curve.js";
import { CURVES, measureCurve } from "./curves.js";
import type { BenchOptions, Part } from "./options.js";
import { comparePeers, type PeerResult } from "./peers/compare-peers.js";
import { installPeers } from "./peers/install-peers.js";
import { curveLines, peerLine, RESULT_HEADS, resultLine, tableLines } from "./print-results.js";
import type { RowContext } from "./row.js";
import { selectRows } from "./rows.js";
import { runRows } from "./run-rows.js";
import type { Table } from "./table.js";
import { measureTable, selectTables } from "./tables.js";
import type { RowResult } from "./verdict.js";

/** Told of each outcome as it comes. */
export type Print = (line: string) => void;

/** The parts of a run that were asked for; the others stay empty. */
export class MeasuredParts {
  readonly budget: RowResult[] = [];
  readonly curves: Curve[] = [];
  readonly tables: Table[] = [];
  readonly peers: PeerResult[] = [];
}

/** Measures what was asked for, one after the other. */
export async function measureAll(
  { parts, only, onlyTables }: Pick<BenchOptions, "parts" | "only" | "onlyTables">,
  context: RowContext,
  print: Print,
): Promise<MeasuredParts> {
  const measured = new MeasuredParts();
  const measurePart: Record<Part, () => Promise<void>> = {
    budget: async () => {
      const rows = selectRows(only);
      print(RESULT_HEADS);
      for await (const result of runRows(rows, context)) {
        print(resultLine(result));
        measured.budget.push(result);
      }
    },
    curves: async () => {
      for (const plan of CURVES) {
        const curve = await measureCurve(plan, context);
        for (const line of curveLines(curve)) print(line);
        measured.curves.push(curve);
      }
    },
    tables: async () => {
      for (const plan of selectTables(onlyTables)) {
        const table = await measureTable(plan, context);
        for (const line of tableLines(table)) print(line);
        measured.tables.push(table);
      }
    },
    peers: async () => {
      const installed = await installPeers();
      for await (const peer of comparePeers(context, installed)) {
        print(peerLine(peer));
        measured.peers.push(peer);
      }
    },
  };
  for (const part of parts) await measurePart[part]();
  return measured;
}
