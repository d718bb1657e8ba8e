import type { Configure } from "../command-context.js";
import { EXIT } from "../exit-code.js";

type Options = { readonly module: string; readonly only?: readonly string[] };

export const configure: Configure = (command, contextOf) => {
  command
    .requiredOption("--module <module>", "your harness: a path, or a package's name, as this folder sees it")
    .option("--only <clause...>", "run these clauses, or groups of clauses, alone")
    .addHelpText(
      "after",
      `
The module exports its ContractHarness as "harness", or by default. It is run, with all that it imports.
Ends with 0 when nothing failed. docs/writing-an-adapter.md tells how to write one.`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { runContractCommand } = await import("../contract/run-contract-command.js");
      const ok = await runContractCommand(options, context.output, context.signal);
      if (!ok) process.exitCode = EXIT.failure;
    });
};
