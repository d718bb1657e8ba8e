import type { Finding } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import { isThere } from "../is-there.js";
import { oneLine } from "../terminal-text.js";

export const configure: Configure = (command, contextOf) => {
  command
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions verify
  agent-sessions --store json:./sessions verify --json`,
    )
    .action(async () => {
      const context = contextOf(command);
      const { output, signal } = context;
      context.onlyReads();
      await context.withStore(async (store) => {
        let findings = 0;
        for await (const finding of store.verify()) {
          findings++;
          if (output.isJson) await output.record(finding);
          else await output.text(findingLine(finding));
        }
        // What was found then is not everything, and nothing is no good news.
        signal.throwIfAborted();
        if (findings > 0) {
          process.exitCode = EXIT.corrupted;
          await output.note(`${count(findings, "fault")} in ${oneLine(store.location)}.`);
        } else if (!isThere(store)) await output.note(`There is no store at ${oneLine(store.location)}.`);
        else if (!output.isJson) await output.text(`No faults in ${oneLine(store.location)}.`);
      });
    });
};

function findingLine({ namespace, id, fault, message, repairable }: Finding): string {
  const where = [namespace, id ?? "store"]
    .filter((part) => part !== "")
    .map(oneLine)
    .join("/");
  return `${where}: ${fault} (${repairable ? "repairable" : "not repairable"}): ${oneLine(message)}`;
}
