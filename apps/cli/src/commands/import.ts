import type { Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import { type ImportReport, isFailure } from "../import-report.js";
import type { Output } from "../output.js";
import { printImportProblems } from "../print-import-problems.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly progress?: boolean };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<path...>", "session files, or folders of them")
    .option("--progress", "report each file on stderr")
    .addHelpText(
      "after",
      `
Reads archives of agent-sessions export, claw-code's .port_sessions/*.json, and flowr's *.yaml.
Nothing is overwritten: a session that is already there is skipped. Other files in a folder are named and passed over.`,
    )
    .action(async (paths: readonly string[], options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      const { importSessions } = await import("../import-sessions.js");
      await context.withStore(async (store) => {
        const report = await importSessions(store, paths, {
          signal: context.signal,
          onProgress: (progress) => {
            if (options.progress !== true) return;
            // The final report says the same; a progress line that nobody reads any more must not end the import.
            output
              .progress(`${oneLine(progress.path)}: ${progress.outcome}`, progress)
              .catch(() => undefined);
          },
        });
        process.exitCode = exitCodeOfImport(report);
        if (output.isJson) await output.document(report);
        else await printImport(report, output);
      });
    });
};

function exitCodeOfImport({ failed, conflicts, others }: ImportReport): number {
  if (failed > 0 || others.some(isFailure)) return EXIT.failure;
  return conflicts.length > 0 ? EXIT.conflict : EXIT.done;
}

async function printImport(report: ImportReport, output: Output): Promise<void> {
  const { found, imported, skipped, failed, messages } = report;
  await output.text(
    `${count(found, "session")} found: ${imported} imported (${count(messages, "message")}), ${skipped} skipped, ${failed} failed`,
  );
  await printImportProblems(report, output);
}
