import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BuiltStores } from "./built-stores.js";
import { describeMachine, machineLine } from "./machine.js";
import { measureAll } from "./measure-all.js";
import { type BenchOptions, HELP, parseOptions } from "./options.js";
import { closingLine } from "./print-results.js";
import { writeReport } from "./report/write-report.js";
import type { Measurement, Results } from "./results.js";
import { ROWS, selectRows } from "./rows.js";
import { Scratch } from "./scratch.js";

const DOCS = fileURLToPath(new URL("../../../docs", import.meta.url));

/** npm starts scripts in the workspace's root; relative paths count from where the person is. */
const from = process.env["INIT_CWD"] ?? process.cwd();

process.exitCode = await main(parseOptions(process.argv.slice(2)));

/** @returns the exit code: 1 when a row misses its budget by more than its tolerance */
async function main(options: BenchOptions): Promise<number> {
  if (options.showsHelp) print(HELP.trimEnd());
  else if (options.listsRows) for (const { id, title } of ROWS) print(`${id.padEnd(34)} ${title}`);
  else return conclude(options, await measure(options));
  return 0;
}

async function measure({ folder, scale, ...asked }: BenchOptions): Promise<Results> {
  // A word that names no row is said before anything takes long.
  selectRows(asked.only);
  const scratch = new Scratch(folder === null ? undefined : path.resolve(from, folder));
  process.once("exit", () => scratch.remove());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const machine = describeMachine(scratch.fileSystem);
  print(machineLine(machine));
  if (scale < 1)
    print(`Not a full run: with ${scale * 100} % of the sessions and messages that titles speak of.`);
  const measuredAt = new Date().toISOString();
  const context = { scratch, stores: new BuiltStores(scratch), scale };
  const measurement: Measurement = { measuredAt, machine, scale };
  const measured = Object.fromEntries(asked.parts.map((part) => [part, measurement]));
  return { measured, ...(await measureAll(asked, context, print)) };
}

function conclude({ jsonFile, writesReport }: BenchOptions, results: Results): number {
  if (jsonFile !== null) writeFileSync(path.resolve(from, jsonFile), `${JSON.stringify(results, null, 2)}\n`);
  if (writesReport) writeReport(DOCS, results);
  if (results.budget.length > 0) print(closingLine(results.budget));
  return results.budget.some(({ verdict }) => verdict === "missed") ? 1 : 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
