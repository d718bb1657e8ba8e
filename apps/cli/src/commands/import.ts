import type { Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import type { ImportReport } from "../import-sessions.js";
import type { Output } from "../output.js";
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

/** A file that was named and is none, or could not be read, is a failure; others that were met in a folder are only told. */
export function exitCodeOfImport({ failed, conflicts, others }: ImportReport): number {
  if (failed > 0 || others.some(({ wasNamed, fault }) => wasNamed || fault === "io")) return EXIT.failure;
  return conflicts.length > 0 ? EXIT.conflict : EXIT.done;
}

async function printImport(report: ImportReport, output: Output): Promise<void> {
  const { found, imported, skipped, failed, messages } = report;
  await output.text(
    `${count(found, "session")} found: ${imported} imported (${count(messages, "message")}), ${skipped} skipped, ${failed} failed`,
  );
  await printImportProblems(report, output);
}

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
  for (const { path, reason, wasNamed, fault } of others) {
    const word = wasNamed || fault === "io" ? red("unreadable") : dim("no session");
    await output.note(`${word} ${oneLine(path)} ${oneLine(reason)}`);
  }
}
