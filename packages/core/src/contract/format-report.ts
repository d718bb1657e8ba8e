import type { ClauseResult, ContractReport } from "./run-contract.js";

/** A report as text to read: what failed and why first, then what does not apply, then the numbers. Ends with a newline. */
export function formatReport(report: ContractReport): string {
  const lines: string[] = [];
  const section = (
    title: string,
    results: readonly ClauseResult[],
    describe: (result: ClauseResult) => string,
  ): void => {
    if (results.length === 0) return;
    lines.push(`${title} (${results.length})`);
    for (const result of results) lines.push(indent(describe(result)));
    lines.push("");
  };
  section("failed", report.failed, (result) => result.reason);
  section("known gaps, failing as expected", report.knownGaps, ({ id, reason }) => `[${id}] ${reason}`);
  section("not applicable", report.notApplicable, ({ id, reason }) => `[${id}] ${reason}`);
  section("passed", report.passed, ({ id, title }) => `[${id}] ${title}`);
  const counts = [
    `${report.passed.length} passed`,
    `${report.failed.length} failed`,
    `${report.notApplicable.length} not applicable`,
    `${report.knownGaps.length} known gaps`,
  ];
  lines.push(`${report.harness}: ${counts.join(", ")}`, "");
  return lines.join("\n");
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
