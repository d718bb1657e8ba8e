import { existsSync } from "node:fs";
import { InvalidInputError, type PrunePolicy, type PruneReport, prune } from "@agent-sessions/core";
import type { CommandContext, Configure } from "../command-context.js";
import { count, nameOf, shortTime } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import { duration } from "../options/duration.js";
import { collect, wholeNumber } from "../options/parse-value.js";
import type { Output } from "../output.js";
import type { Progress } from "../progress/progress.js";
import { renderTable } from "../render-table.js";
import { oneLine } from "../terminal-text.js";

type Options = {
  readonly olderThan?: number;
  readonly keepNewest?: number;
  readonly archived?: boolean;
  readonly label?: readonly string[];
  readonly includePinned?: boolean;
  readonly execute?: boolean;
  /** A file; false for `--no-archive`. */
  readonly archive?: string | boolean;
  readonly progress?: boolean;
};

export const configure: Configure = (command, contextOf) => {
  /** Which of the two were typed: one takes the other's place, and sessions would go without the archive that was asked for. */
  const typed = new Set<string>();
  for (const name of ["archive", "no-archive"]) command.on(`option:${name}`, () => typed.add(`--${name}`));
  command
    .option("--older-than <age>", "not changed for so long, such as 30d, 12h or 8w", duration)
    .option("--keep-newest <number>", "all but the newest so many", wholeNumber(0))
    .option("--archived", "archived ones")
    .option("--label <label>", "with this label; several: with all of them", collect)
    .option("--include-pinned", "pinned ones too")
    .option("--execute", "delete them; without this it is only said which")
    .option("--archive <file>", "the new archive that they are written into first (.gz: compressed)")
    .option("--no-archive", "delete without an archive")
    .option("--progress", "report each session on stderr, where there is no bar")
    .addHelpText(
      "after",
      `
A session goes when every rule that is given applies to it; at least one has to be. The archive is read back and compared with the
store before the first session is deleted; without --archive it is agent-sessions-pruned-<time>.jsonl.gz in this folder, and import
reads it. A session that changes meanwhile stays. Forks of a deleted session stay.

Examples:
  agent-sessions prune --older-than 90d
  agent-sessions prune --archived --older-than 30d --execute`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      checkHasRule(options);
      checkArchive(options, typed);
      const file = options.execute === true ? archiveFile(options.archive) : null;
      const report = await run(context, options, file);
      const archive = report.planned.length === 0 ? null : file;
      if (report.failed.length > 0) process.exitCode = EXIT.failure;
      if (output.isJson) await output.document({ ...report, archive });
      else await print(report, archive, output);
    });
};

function policyOf({ olderThan, keepNewest, archived, label, includePinned }: Options): PrunePolicy {
  return {
    olderThanMs: olderThan,
    keepNewest,
    archived: archived === true ? true : undefined,
    labels: label,
    includePinned,
  };
}

/** The library refuses it too, in the words of code. */
function checkHasRule({ olderThan, keepNewest, archived, label }: Options): void {
  if (olderThan !== undefined || keepNewest !== undefined || archived === true || label !== undefined) return;
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    "No rule says which sessions may go: without one it would be all of them. Add --older-than 90d, --keep-newest 100, --archived or --label done.",
    { path: "policy" },
  );
}

/** @throws {InvalidInputError} INVALID_OPTIONS for what contradicts itself, or names no file */
function checkArchive({ execute, archive }: Options, typed: ReadonlySet<string>): void {
  const problem =
    typed.size > 1
      ? "The options --archive and --no-archive contradict each other. Leave one out."
      : execute !== true && typeof archive === "string"
        ? "Without --execute nothing is deleted, so nothing is archived. Add --execute, or leave --archive out."
        : archive === "-" || archive === ""
          ? "The archive is read back before anything is deleted, so it has to be a file. Name one with --archive."
          : null;
  if (problem !== null) throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "--archive" });
}

/** Null for none. */
function archiveFile(archive: Options["archive"]): string | null {
  if (archive === false) return null;
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return typeof archive === "string" ? archive : `agent-sessions-pruned-${time}Z.jsonl.gz`;
}

async function run(context: CommandContext, options: Options, file: string | null): Promise<PruneReport> {
  const { signal } = context;
  const [{ archiveForPrune }, { withProgress }] = await Promise.all([
    import("../prune-archive.js"),
    import("../progress/progress.js"),
  ]);
  const about = {
    label: "Pruning",
    noun: "sessions",
    total: () => null,
    asked: options.progress === true,
    // It appears whole or not at all, and before it does nothing is deleted.
    lost: () =>
      file === null || existsSync(file) ? null : `${file} was not made, and no session was deleted`,
  };
  return await context.withStore(
    async (store) =>
      await withProgress(context, about, async (progress: Progress) =>
        prune(store, policyOf(options), {
          execute: options.execute,
          archive:
            file === null
              ? undefined
              : async (sessions) => await archiveForPrune(store, sessions, file, signal),
          signal,
          onProgress: (item) => {
            // Each is archived first, and deleted when all of them are.
            progress.expect(file === null ? item.total : 2 * item.total);
            progress.step(item.outcome, `${oneLine(item.id)}: ${item.outcome}`, item);
          },
        }),
      ),
  );
}

async function print(report: PruneReport, archive: string | null, output: Output): Promise<void> {
  const { executed, planned, deleted, kept, failed, pinned, unreadable } = report;
  if (planned.length === 0) await output.text("No session is to be deleted by these rules.");
  else if (executed) {
    await output.text(`${count(deleted.length, "session")} deleted${whereTheyAre(report, archive)}`);
  } else {
    await output.text(await table(report, output));
    await output.text(
      `\n${count(planned.length, "session")} would be deleted. Nothing was: add --execute to do it.`,
    );
  }
  for (const id of kept) await output.note(`kept ${oneLine(id)}: it changed meanwhile`);
  for (const { id, code, message } of failed)
    await output.note(`${output.colors.red("failed")} ${oneLine(id)}: ${code} ${oneLine(message)}`);
  if (pinned > 0)
    await output.note(`${count(pinned, "pinned session")} stayed; --include-pinned deletes them too.`);
  if (unreadable > 0)
    await output.note(
      `${count(unreadable, "session")} cannot be read and stayed; see agent-sessions verify.`,
    );
}

/** The archive holds what was planned, also what could not be deleted then. */
function whereTheyAre({ planned, deleted }: PruneReport, archive: string | null): string {
  if (archive === null) return "";
  const file = oneLine(archive);
  return deleted.length === planned.length
    ? `; they are in ${file}`
    : ` of ${planned.length}; the archive is ${file}`;
}

async function table({ planned }: PruneReport, output: Output): Promise<string> {
  const rows = planned.map(({ session, reasons }) => ({ ...session, reasons }));
  const columns = [
    { header: "ID", value: ({ id }: (typeof rows)[number]) => oneLine(id) },
    { header: "UPDATED", value: ({ updatedAt }: (typeof rows)[number]) => shortTime(updatedAt) },
    {
      header: "MESSAGES",
      align: "right" as const,
      value: ({ messageCount }: (typeof rows)[number]) => String(messageCount),
    },
    { header: "WHY", value: ({ reasons }: (typeof rows)[number]) => reasons.join(", ") },
    { header: "TITLE", value: nameOf },
  ];
  return await renderTable(rows, columns, { styleHeader: output.colors.bold, width: output.width });
}
