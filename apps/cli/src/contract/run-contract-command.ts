import { InvalidInputError } from "@agent-sessions/core";
import { type ClauseResult, clauses, formatReport, runContract } from "@agent-sessions/core/contract";
import type { Output } from "../output.js";
import { manyLines, oneLine } from "../terminal-text.js";
import { GroupPrinter } from "./group-printer.js";
import { loadHarness } from "./load-harness.js";

export interface ContractCommandOptions {
  readonly module: string;
  readonly only?: readonly string[];
}

/** What `contract --json` prints. */
interface ContractDocument {
  readonly harness: string;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly knownGaps: number;
  readonly clauses: readonly Omit<ClauseResult, "error">[];
}

/** Runs the contract suite on the harness of a module and prints what comes of it, as it comes. True when nothing failed. */
export async function runContractCommand(
  options: ContractCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<boolean> {
  checkClauseNames(options.only);
  const harness = await loadHarness(options.module);
  const results: ClauseResult[] = [];
  if (!output.isJson)
    await output.text(`The contract of @agent-sessions/core, run on ${oneLine(harness.name)}`);
  const printer = new GroupPrinter(output);
  const report = await printer.during(signal, (untilGone) =>
    runContract(harness, {
      only: options.only,
      signal: untilGone,
      onResult: (result) => {
        results.push(result);
        if (!output.isJson) printer.print(result);
      },
    }),
  );
  if (!output.isJson) {
    await output.text("");
    await output.raw(manyLines(formatReport(report, { isRest: true, width: output.width ?? undefined })));
    return report.ok;
  }
  const document: ContractDocument = {
    harness: report.harness,
    ok: report.ok,
    passed: report.passed.length,
    failed: report.failed.length,
    notApplicable: report.notApplicable.length,
    knownGaps: report.knownGaps.length,
    clauses: results.map(({ error: _error, ...result }) => result),
  };
  await output.document(document);
  return report.ok;
}

/** @throws {InvalidInputError} INVALID_OPTIONS for a name that is neither a clause's nor a group's */
function checkClauseNames(names: readonly string[] = []): void {
  const groups = new Set(clauses.map(({ group }) => group));
  for (const name of names) {
    if (groups.has(name) || clauses.some(({ id }) => id === name)) continue;
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `There is no clause and no group ${JSON.stringify(name)}. The groups are: ${[...groups].join(", ")}.`,
      { path: "--only" },
    );
  }
}
