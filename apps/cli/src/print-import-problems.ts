import { forShell } from "./for-shell.js";
import { type ImportReport, isFailure } from "./import-report.js";
import type { Output } from "./output.js";
import { belongsTo, ownStoresAmong } from "./own-stores.js";
import { oneLine } from "./terminal-text.js";

/** The part of an import's report that tells of problems. */
export type ImportProblems = Pick<
  ImportReport,
  "copied" | "conflicts" | "failures" | "incomplete" | "others"
>;

/** What was not imported as it stands and why, on stderr, a line each. */
export async function printImportProblems(
  { copied, conflicts, failures, incomplete, others }: ImportProblems,
  output: Output,
): Promise<void> {
  const { red, yellow, dim } = output.colors;
  for (const { id, path } of conflicts) {
    await output.note(
      `${yellow("conflict")} ${oneLine(path)}: ${oneLine(id)} is already there with other content; it was left as it is`,
    );
  }
  for (const { id, path, copyId } of copied) {
    await output.note(
      `${yellow("copied")} ${oneLine(path)}: ${oneLine(id)} is taken; it is ${oneLine(copyId)}`,
    );
  }
  for (const failure of failures) {
    const id = failure.id === null ? "" : ` (${oneLine(failure.id)})`;
    await output.note(`${red("failed")} ${placeOf(failure)}${id}: ${oneLine(failure.reason)}`);
  }
  for (const part of incomplete)
    await output.note(`${yellow("incomplete")} ${placeOf(part)} ${oneLine(part.reason)}`);
  const stores = await ownStoresAmong(others.filter(({ fault }) => fault !== "io").map(({ path }) => path));
  for (const { path, url } of stores) {
    const word = oneLine(forShell(url));
    await output.note(
      `${yellow("store")} ${oneLine(path)} is a store of ours: see it with --store ${word}, copy it with agent-sessions migrate --from ${word} --to URL`,
    );
  }
  for (const other of others) {
    if (stores.some((store) => belongsTo(store, other.path))) continue;
    const word = isFailure(other) ? red("unreadable") : dim("no session");
    await output.note(`${word} ${oneLine(other.path)} ${oneLine(other.reason)}`);
  }
  const isUnknown = others.some(({ fault, format }) => fault === "not-a-session" && format === null);
  if (isUnknown && stores.length === 0)
    await output.note("agent-sessions import --help names the formats that are known.");
}

function placeOf({ path, line }: { readonly path: string; readonly line: number | null }): string {
  return `${oneLine(path)}${line === null ? "" : `:${line}`}`;
}
