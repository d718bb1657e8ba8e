import { parseArgs } from "node:util";
import type { Scale } from "./row.js";

export const PARTS = ["budget", "curves", "tables", "peers"] as const;
/** The budget's rows, how costs grow, memory and space, and the comparison with what people use. */
export type Part = (typeof PARTS)[number];

/** What the command was asked for. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly scale: Scale;
  /** Parts of row ids; empty: all rows. */
  readonly only: readonly string[];
  /** Ids of tables; empty: all of them. */
  readonly onlyTables: readonly string[];
  /** Where to write what was measured, as JSON. */
  readonly jsonFile: string | null;
  readonly writesReport: boolean;
  /** Where the temporary folder is made; null: the system's. */
  readonly folder: string | null;
  readonly listsRows: boolean;
  readonly showsHelp: boolean;
}

export const HELP = `npm run bench -- [options]

Without options: the rows of the performance budget.

  --only <word>   only the rows whose id holds this word, for example json or sqlite/append; may be repeated
  --quick         a tenth of the sessions and messages, and fewer turns: under a minute, and only indicative
  --scale <part>  that part of the sessions and messages, above 0 and up to 1
  --rows          lists the rows and measures nothing
  --budget        the rows of the budget, beside the other parts that are named
  --curves        how costs grow with messages, sessions and writers
  --tables        memory of long tasks, space on disk, the event loop among other writers
  --table <id>    only this table, for example append-steps; may be repeated
  --peers         the same work done by what people use today; installs it first, which may take minutes
  --all           the budget and all of these
  --report        written to docs/benchmarks: all of it, or the parts that are named, which leaves the others as they are
  --json <file>   writes what was measured as JSON
  --folder <dir>  where to put the temporary files; must be on a disk, not in memory
`;

const QUICK_SCALE = 0.1;

/** @throws {TypeError} for an option that is not known, or lacks its value */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
      scale: { type: "string", default: "1" },
      rows: { type: "boolean", default: false },
      budget: { type: "boolean", default: false },
      curves: { type: "boolean", default: false },
      tables: { type: "boolean", default: false },
      table: { type: "string", multiple: true, default: [] },
      peers: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      json: { type: "string" },
      folder: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { only, table } = values;
  if (values.report && only.length + table.length > 0)
    throw new TypeError(
      "--report takes whole parts, such as --budget or --peers: leave --only and --table out.",
    );
  const implied = { budget: only.length > 0, curves: false, tables: table.length > 0, peers: false };
  const named = PARTS.filter((part) => values[part] || implied[part]);
  const unnamed: readonly Part[] = values.report ? PARTS : ["budget"];
  return {
    parts: values.all ? PARTS : named.length > 0 ? named : unnamed,
    scale: values.quick ? QUICK_SCALE : parseScale(values.scale),
    only: only.flatMap((words) => words.split(",")),
    onlyTables: table,
    jsonFile: values.json ?? null,
    writesReport: values.report,
    folder: values.folder ?? null,
    listsRows: values.rows,
    showsHelp: values.help,
  };
}

/** @throws {TypeError} for what is no number, or out of bounds */
function parseScale(text: string): Scale {
  const scale = Number(text);
  if (!(scale > 0 && scale <= 1))
    throw new TypeError(`--scale takes a number above 0 and up to 1, not ${text}.`);
  return scale;
}
