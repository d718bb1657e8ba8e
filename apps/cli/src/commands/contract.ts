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
Ends with 0 when nothing failed. docs/writing-an-adapter.md tells how to write one.

Examples:
  agent-sessions contract --module ./my-store.harness.js
  agent-sessions contract --module my-store/harness --only append fork`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      context.refuseOption("store", "the contract runs on the stores that the harness makes");
      context.refuseOption("namespace", "the contract runs on the stores that the harness makes");
      const { runContractCommand } = await import("../contract/run-contract-command.js");
      const ok = await runContractCommand(options, context.output, context.signal);
      if (!ok) process.exitCode = EXIT.failure;
    });
};
