import type { SessionStore } from "@agent-sessions/core";
import type { FormatName } from "@agent-sessions/formats";
import { Option } from "commander";
import type { CommandContext, Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import { forShell } from "../for-shell.js";
import { type ImportReport, isFailure } from "../import-report.js";
import { ON_CONFLICT, type OnConflict } from "../on-conflict.js";
import type { Output } from "../output.js";
import { printImportProblems } from "../print-import-problems.js";
import type { SourceSizes as Sizes } from "../progress/source-sizes.js";
import { oneLine } from "../terminal-text.js";

type Options = {
  readonly format?: string;
  readonly onConflict?: OnConflict;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
  readonly progress?: boolean;
};

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<path...>", "session files, or folders of them, or - for stdin")
    .option("--format <name>", "read files as this format alone")
    .addOption(
      new Option("--on-conflict <what>", "for an id that is taken by other content").choices([
        ...ON_CONFLICT,
      ]),
    )
    .option("--dry-run", "compare only, and write nothing")
    .option("--verbose", "name every file that holds no session, however many there are")
    .option("--progress", "report each session on stderr, where there is no bar")
    .addHelpText(
      "after",
      `
Reads archives of agent-sessions export, and the sessions of Claude Code, claw-code, Codex, flowr, Gemini CLI, hermes-agent,
hermes-webui, opencode, pi and registry-review. A file is known by what it holds; --format settles what could be of several.
What is already there is left alone. An id that is taken by other content: skip leaves it (the default), replace puts the
file's session in its place and says what went, copy adds it under another id. Other files in a folder are passed over.

Examples:
  agent-sessions import ~/.claude/projects --dry-run
  agent-sessions import backup.jsonl --on-conflict copy`,
    )
    .action(async (paths: readonly string[], options: Options) => {
      const context = contextOf(command);
      const { withStdinAsFile } = await import("../stdin-file.js");
      await withStdinAsFile(paths, context.signal, async (files) => {
        await context.withStore(async (store) => await importInto(store, files, options, context));
      });
    });
};

async function importInto(
  store: SessionStore,
  paths: readonly string[],
  options: Options,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const [{ importSessions }, { withProgress }, { SourceSizes }] = await Promise.all([
    import("../import-sessions.js"),
    import("../progress/progress.js"),
    import("../progress/source-sizes.js"),
  ]);
  const asked = options.progress === true;
  // How many sessions there are, only reading tells; how much there is to read, the file system.
  let sizes: Sizes | null = null;
  const totalWork = async (): Promise<number> => {
    sizes = await SourceSizes.of(paths);
    return sizes.totalBytes;
  };
  const about = { label: "Importing", noun: "sessions", total: () => null, totalWork, asked };
  const report = await withProgress(
    context,
    about,
    async (progress) =>
      await importSessions(store, paths, {
        format: formatOf(options),
        onConflict: options.onConflict,
        dryRun: options.dryRun,
        signal: context.signal,
        onProgress: (item) => {
          const line = `${oneLine(item.path)}: ${item.outcome}`;
          progress.step(item.outcome, line, item, sizes?.doneBefore(item.path));
        },
      }),
  );
  process.exitCode = exitCodeOfImport(report, options);
  if (output.isJson) await output.document(report);
  else await printImport(report, options, output);
}

/** An archive has the name that export has for it, too. */
function formatOf({ format }: Options): FormatName | undefined {
  return (format === "archive" ? "agent-sessions" : format) as FormatName | undefined;
}

function exitCodeOfImport(report: ImportReport, options: Options): number {
  const { failures, conflicts, others } = report;
  if (failures.length > 0 || others.some(isFailure) || isOfOtherFormats(report, options)) return EXIT.failure;
  return conflicts.length > 0 ? EXIT.conflict : EXIT.done;
}

/** Whether there were files, and none of the format that was asked for: most likely it was the wrong one. */
function isOfOtherFormats({ found, others }: ImportReport, { format }: Options): boolean {
  return format !== undefined && found === 0 && others.length > 0;
}

async function printImport(report: ImportReport, options: Options, output: Output): Promise<void> {
  const isDryRun = options.dryRun === true;
  await printImportProblems(report, output, { isDryRun, verbose: options.verbose === true });
  if (isOfOtherFormats(report, options))
    await output.note(
      `No session of the format ${options.format ?? ""} is there; without --format, every format is tried.`,
    );
  for (const namespace of report.otherNamespaces) await output.note(namespaceNote(namespace));
  await output.text(summaryOf(report, isDryRun));
}

function namespaceNote(namespace: string): string {
  const own = `--namespace ${oneLine(forShell(namespace))}`;
  return `Sessions that were exported from namespace ${oneLine(JSON.stringify(namespace))} go into another one; ${own} puts them into their own.`;
}

/** `3 sessions found: 1 imported, 1 replaced (5 messages), 1 skipped, 0 failed` */
function summaryOf(report: ImportReport, isDryRun: boolean): string {
  const { found, imported, replaced, skipped, failed, messages, failures } = report;
  const would = isDryRun ? "would be " : "";
  const added = imported - replaced.length;
  const parts = [
    `${added} ${would}imported`,
    ...(replaced.length === 0 ? [] : [`${replaced.length} ${would}replaced`]),
  ];
  const files = new Set(failures.filter(({ isOfFile }) => isOfFile).map(({ path }) => path));
  const damaged = files.size === 0 ? "" : `; ${count(files.size, "file")} not whole`;
  return `${count(found, "session")} found: ${parts.join(", ")} (${count(messages, "message")}), ${skipped} skipped, ${failed} failed${damaged}`;
}
