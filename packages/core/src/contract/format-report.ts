import type { ClauseResult, ContractReport } from "./run-contract.js";

export interface FormatReportOptions {
  /** Where lines of prose end, in columns; values that a clause shows are never broken. @default 100 */
  readonly width?: number | undefined;
  /** Leaves out what passed and failed: for whoever has printed that as it came. @default false */
  readonly isRest?: boolean | undefined;
}

/**
 * A report as text to read, the most important last: how many passed in each group, what does not apply and which gaps are known, each
 * with the declared reason, what failed and why, and the totals. Ends with a newline.
 */
export function formatReport(report: ContractReport, options: FormatReportOptions = {}): string {
  const { width = 100, isRest = false } = options;
  const { passed, failed, notApplicable, knownGaps } = report;
  const sections = [
    section("not applicable", notApplicable, byReason(notApplicable, width)),
    section("known gaps, failing as expected", knownGaps, byReason(knownGaps, width)),
  ];
  if (!isRest) {
    sections.unshift(section("passed", passed, byGroup(passed)));
    sections.push(
      section(
        "failed",
        failed,
        failed.map(({ reason }) => indent(reason, "  ")),
      ),
    );
  }
  return `${sections.join("")}${totals(report)}\n`;
}

function totals({ harness, passed, failed, notApplicable, knownGaps }: ContractReport): string {
  const counts = [
    `${passed.length} passed`,
    `${failed.length} failed`,
    `${notApplicable.length} not applicable`,
  ];
  if (knownGaps.length > 0)
    counts.push(`${knownGaps.length} known ${knownGaps.length === 1 ? "gap" : "gaps"}`);
  return `${harness}: ${counts.join(", ")}`;
}

function section(title: string, results: readonly ClauseResult[], lines: readonly string[]): string {
  return results.length === 0 ? "" : `${title} (${results.length})\n${lines.join("\n")}\n\n`;
}

function byGroup(results: readonly ClauseResult[]): readonly string[] {
  return [...groupBy(results, "group")].map(([group, members]) => `  ${group}: ${members.length}`);
}

/** One reason often stands for many clauses; it is said once. */
function byReason(results: readonly ClauseResult[], width: number): readonly string[] {
  return [...groupBy(results, "reason")].flatMap(([reason, members]) => [
    wrap(reason, "  ", width),
    wrap(members.map(({ id }) => `[${id}]`).join(" "), "    ", width),
  ]);
}

function groupBy(
  results: readonly ClauseResult[],
  field: "group" | "reason",
): ReadonlyMap<string, readonly ClauseResult[]> {
  const groups = new Map<string, ClauseResult[]>();
  for (const result of results) groups.set(result[field], [...(groups.get(result[field]) ?? []), result]);
  return groups;
}

function wrap(text: string, margin: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && margin.length + longer.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return indent([...lines, line].join("\n"), margin);
}

function indent(text: string, margin: string): string {
  return text.replaceAll(/^/gm, margin);
}
