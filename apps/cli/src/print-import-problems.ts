import { type ImportReport, isFailure } from "./import-report.js";
import type { Output } from "./output.js";
import { oneLine } from "./terminal-text.js";

/** What was not imported and why, on stderr, a line each. */
export async function printImportProblems(
  { conflicts, failures, others }: Pick<ImportReport, "conflicts" | "failures" | "others">,
  output: Output,
): Promise<void> {
  const { red, yellow, dim } = output.colors;
  for (const { id, path } of conflicts) {
    await output.note(
      `${yellow("conflict")} ${oneLine(path)}: ${oneLine(id)} is already there with other content; it was left as it is`,
    );
  }
  for (const { path, line, id, reason } of failures) {
    const place = `${oneLine(path)}${line === null ? "" : `:${line}`}${id === null ? "" : ` (${oneLine(id)})`}`;
    await output.note(`${red("failed")} ${place}: ${oneLine(reason)}`);
  }
  for (const other of others) {
    const word = isFailure(other) ? red("unreadable") : dim("no session");
    await output.note(`${word} ${oneLine(other.path)} ${oneLine(other.reason)}`);
  }
}
