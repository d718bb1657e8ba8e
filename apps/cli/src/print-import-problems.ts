import type { Unreadable } from "@agent-sessions/formats";
import { count } from "./describe-session.js";
import { forShell } from "./for-shell.js";
import { type ImportReport, isFailure } from "./import-report.js";
import type { Output } from "./output.js";
import { belongsTo, ownStoresAmong } from "./own-stores.js";
import type { ReplacedSession } from "./replaced-session.js";
import { oneLine } from "./terminal-text.js";

/** The part of an import's report that tells of problems. */
export type ImportProblems = Pick<
  ImportReport,
  "replaced" | "copied" | "conflicts" | "failures" | "incomplete" | "others"
>;

export interface ProblemsOptions {
  /** Nothing was written: it says what would be. @default false */
  readonly isDryRun?: boolean;
  /** Names every file without a session, however many there are. @default false */
  readonly verbose?: boolean;
}

/** So many files that hold no session for one reason are named; the others are counted. */
const NAMED_OTHERS = 3;

/** What was not imported as it stands and why, and what gave way to it, on stderr, a line each. */
export async function printImportProblems(
  { replaced, copied, conflicts, failures, incomplete, others }: ImportProblems,
  output: Output,
  { isDryRun = false, verbose = false }: ProblemsOptions = {},
): Promise<void> {
  const { red, yellow } = output.colors;
  for (const session of replaced)
    await output.note(`${yellow(isDryRun ? "would replace" : "replaced")} ${replacedText(session)}`);
  for (const { id, path } of conflicts) {
    await output.note(
      `${yellow("conflict")} ${oneLine(path)}: ${oneLine(id)} is already there with other content; it was left as it is`,
    );
  }
  for (const { id, path, copyId } of copied) {
    await output.note(
      `${yellow(isDryRun ? "would copy" : "copied")} ${oneLine(path)}: ${oneLine(id)} is taken; it is ${oneLine(copyId)}`,
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
  const strangers = others.filter(({ path }) => !stores.some((store) => belongsTo(store, path)));
  await printOthers(strangers, verbose ? Infinity : NAMED_OTHERS, output);
  const isUnknown = others.some(({ fault, format }) => fault === "not-a-session" && format === null);
  if (isUnknown && stores.length === 0)
    await output.note("agent-sessions import --help names the formats that are known.");
}

/** `a.jsonl: s with 4 messages in place of 5; also different: title, labels; what was there was newer` */
function replacedText(session: ReplacedSession): string {
  const { id, path, messagesBefore, messagesAfter, changed, wasNewer } = session;
  return [
    `${oneLine(path)}: ${oneLine(id)} with ${count(messagesAfter, "message")} in place of ${messagesBefore}`,
    ...(changed.length === 0 ? [] : [`also different: ${changed.join(", ")}`]),
    ...(wasNewer ? ["what was there was newer"] : []),
  ].join("; ");
}

/** A folder may hold thousands of files for other programs, most of them for one reason. Failures are named, all of them. */
async function printOthers(others: readonly Unreadable[], named: number, output: Output): Promise<void> {
  const { red, dim } = output.colors;
  for (const other of others.filter(isFailure))
    await output.note(`${red("unreadable")} ${oneLine(other.path)} ${oneLine(other.reason)}`);
  const byReason = new Map<string, Unreadable[]>();
  for (const other of others) {
    if (isFailure(other)) continue;
    const alike = byReason.get(other.reason) ?? [];
    byReason.set(other.reason, alike);
    alike.push(other);
  }
  for (const [reason, alike] of byReason) {
    for (const { path } of alike.slice(0, named))
      await output.note(`${dim("no session")} ${oneLine(path)} ${oneLine(reason)}`);
    const more = alike.length - named;
    if (more > 0)
      await output.note(
        `${dim("no session")} and so for ${count(more, "more file")}; --verbose names them all`,
      );
  }
}

function placeOf({ path, line }: { readonly path: string; readonly line: number | null }): string {
  return `${oneLine(path)}${line === null ? "" : `:${line}`}`;
}
