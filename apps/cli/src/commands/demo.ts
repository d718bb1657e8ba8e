import type { Configure } from "../command-context.js";
import { EXIT } from "../exit-code.js";
import { sampleFolder } from "../sample-folder.js";

type Options = { readonly from?: readonly string[]; readonly output?: string };

export const configure: Configure = (command, contextOf) => {
  command
    .option("--from <path...>", "session files or folders to work on (default: samples that come along)")
    .option("--output <folder>", "a new folder for the files (default: one below ./agent-sessions-demo)")
    .addHelpText(
      "after",
      `
On JSON, YAML and SQLite: imports, appends, loads, lists, searches, forks and deletes, and checks every answer;
then migrates json -> yaml -> sqlite -> json and compares every digest. Ends with 0 only when all of it is right.

Examples:
  agent-sessions demo
  agent-sessions demo --from ~/.claude/projects --output ./demo`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      context.refuseOption("store", "the demo makes stores of its own, and --output says where");
      context.refuseOption("namespace", "the demo makes stores of its own");
      const { freshFolder, printDemo, runDemo } = await import("../demo/index.js");
      const report = await runDemo({
        folder: await freshFolder(options.output, new Date()),
        sources: options.from ?? [sampleFolder()],
        signal: context.signal,
        withStoreAt: async (url, storeOptions, body) => await context.withStoreAt(url, storeOptions, body),
      });
      if (!report.ok) process.exitCode = EXIT.failure;
      if (context.output.isJson) await context.output.document(report);
      else await printDemo(report, context.output);
    });
};
