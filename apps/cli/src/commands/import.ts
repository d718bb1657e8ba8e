import type { FormatName } from "@agent-sessions/formats";
import { Option } from "commander";
import type { Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
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
  readonly progress?: boolean;
};

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<path...>", "session files, or folders of them")
    .option("--format <name>", "read files as this format alone")
    .addOption(
      new Option("--on-conflict <what>", "for an id that is taken by other content").choices([
        ...ON_CONFLICT,
      ]),
    )
    .option("--dry-run", "compare only, and write nothing")
    .option("--progress", "report each session on stderr, where there is no bar")
    .addHelpText(
      "after",
      `
Reads archives of agent-sessions export, and the sessions of Claude Code, claw-code, Codex, flowr, Gemini CLI, hermes-agent,
hermes-webui, opencode, pi and registry-review. A file is known by what it holds; --format settles what could be of several.
What is already there is left alone. An id that is taken by other content: skip leaves it (the default), replace puts the
file's session in its place, copy adds it under another id. Other files in a folder are named and passed over.

Examples:
  agent-sessions import ~/.claude/projects --dry-run
  agent-sessions import backup.jsonl --on-conflict copy`,
    )
    .action(async (paths: readonly string[], options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      const [{ importSessions }, { withProgress }, { SourceSizes }] = await Promise.all([
        import("../import-sessions.js"),
        import("../progress/progress.js"),
        import("../progress/source-sizes.js"),
      ]);
      await context.withStore(async (store) => {
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
              format: options.format as FormatName | undefined,
              onConflict: options.onConflict,
              dryRun: options.dryRun,
              signal: context.signal,
              onProgress: (item) => {
                const line = `${oneLine(item.path)}: ${item.outcome}`;
                progress.step(item.outcome, line, item, sizes?.doneBefore(item.path));
              },
            }),
        );
        process.exitCode = exitCodeOfImport(report);
        if (output.isJson) await output.document(report);
        else await printImport(report, options.dryRun === true, output);
      });
    });
};

function exitCodeOfImport({ failed, conflicts, others }: ImportReport): number {
  if (failed > 0 || others.some(isFailure)) return EXIT.failure;
  return conflicts.length > 0 ? EXIT.conflict : EXIT.done;
}

async function printImport(report: ImportReport, isDryRun: boolean, output: Output): Promise<void> {
  const { found, imported, skipped, failed, messages } = report;
  const done = isDryRun ? "would be imported" : "imported";
  await output.text(
    `${count(found, "session")} found: ${imported} ${done} (${count(messages, "message")}), ${skipped} skipped, ${failed} failed`,
  );
  await printImportProblems(report, output);
}
