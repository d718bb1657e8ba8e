import type { SessionHead } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { confirmLoss } from "../confirm-loss.js";
import { changedLine, count, nameOf } from "../describe-session.js";
import { wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly expectedRevision?: number; readonly yes?: boolean };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<session>", SESSION_ARGUMENT)
    .argument("<count>", "how many messages to keep, from the first on", wholeNumber(0))
    .option("--expected-revision <number>", "only when the session is at this revision", wholeNumber(0))
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions truncate latest 4
  agent-sessions truncate 01a1fe96 0 --yes`,
    )
    .action(async (reference: string, kept: number, options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const id = await context.resolveSession(store, reference);
        let { expectedRevision } = options;
        if (options.yes !== true) {
          const head = await store.head(id);
          if (head.messageCount > kept && !(await confirmLoss(lossOf(head, kept), context))) {
            if (output.isJson) await output.document(head);
            return;
          }
          // What was added meanwhile is not what was agreed to.
          expectedRevision ??= head.revision;
        }
        const head = await store.truncate(id, kept, { expectedRevision });
        if (output.isJson) await output.document(head);
        else await output.text(changedLine(head));
      });
    });
};

function lossOf(head: SessionHead, kept: number): Parameters<typeof confirmLoss>[0] {
  const going = count(head.messageCount - kept, "message");
  const from = kept + 1;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["session", oneLine(head.id)],
    ["title", nameOf(head)],
    ["goes", `${going}: ${from === head.messageCount ? "" : `#${from} to `}#${head.messageCount}`],
    ["stays", count(kept, "message")],
  ];
  return {
    sessionId: head.id,
    doing: `Dropping messages of ${JSON.stringify(head.id)}`,
    question: `Drop ${going} for good?`,
    facts: facts.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(8)} ${value}`),
    unchanged: "Nothing was dropped.",
  };
}
