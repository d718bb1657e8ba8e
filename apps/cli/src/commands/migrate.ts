import { type MigrationReport, migrate } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import type { Output } from "../output.js";
import { oneLine } from "../terminal-text.js";

type Options = {
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  readonly progress?: boolean;
};

export const configure: Configure = (command, contextOf) => {
  command
    .requiredOption("--from <url>", "the store to copy from")
    .requiredOption("--to <url>", "the store to copy to")
    .option("--dry-run", "compare only, and write nothing")
    .option("--progress", "report each session on stderr, where there is no bar")
    .addHelpText(
      "after",
      `
Copies all namespaces, or the one of --namespace. Nothing in the target is overwritten; running it again goes on.

Examples:
  agent-sessions migrate --from json:./sessions --to sqlite:./sessions.db --dry-run
  agent-sessions migrate --from json:./sessions --to sqlite:./sessions.db`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { output, globals } = context;
      context.refuseOption("store", "--from and --to name the stores");
      const namespaces = globals.namespace === undefined ? undefined : [globals.namespace];
      const [{ withProgress }, { countSessions }] = await Promise.all([
        import("../progress/progress.js"),
        import("../progress/count-sessions.js"),
      ]);
      await context.withStoreAt(options.from, {}, async (source) => {
        await context.withStoreAt(options.to, {}, async (target) => {
          const about = {
            label: "Migrating",
            noun: "sessions",
            total: async () => await countSessions(source, namespaces),
            asked: options.progress === true,
          };
          const report = await withProgress(
            context,
            about,
            async (progress) =>
              await migrate(source, target, {
                namespaces,
                dryRun: options.dryRun,
                signal: context.signal,
                onProgress: (item) =>
                  progress.step(item.outcome, `${item.done}: ${oneLine(item.id)} ${item.outcome}`, item),
              }),
          );
          if (report.failed.length > 0) process.exitCode = EXIT.failure;
          else if (report.conflicts.length > 0) process.exitCode = EXIT.conflict;
          if (output.isJson) await output.document(report);
          else await printReport(report, options.dryRun === true, output);
          const { copied, unchanged, conflicts, failed } = report;
          // A misspelt source is an empty one.
          if (copied + unchanged + conflicts.length + failed.length === 0)
            await output.note(`No sessions in ${oneLine(source.location)}.`);
        });
      });
    });
};

async function printReport(report: MigrationReport, isDryRun: boolean, output: Output): Promise<void> {
  const done = isDryRun ? "would be copied" : "copied";
  await output.text(
    `${count(report.copied, "session")} ${done} (${count(report.messages, "message")}), ${report.unchanged} already there, ${report.verified} verified by digest, ${count(report.conflicts.length, "conflict")}, ${report.failed.length} failed`,
  );
  for (const { namespace, id } of report.conflicts) {
    await output.note(
      `conflict ${place(namespace, id)}: the target holds other content under this id; it was left as it is`,
    );
  }
  for (const { namespace, id, code, message } of report.failed) {
    await output.note(`failed ${place(namespace, id)}: ${code} ${oneLine(message)}`);
  }
}

function place(namespace: string, id: string): string {
  return oneLine(namespace === "" ? id : `${namespace}/${id}`);
}
