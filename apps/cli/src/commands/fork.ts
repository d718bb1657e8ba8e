import type { Configure } from "../command-context.js";
import { wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import { checkNewId } from "../references/resolve-reference.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly id?: string; readonly title?: string; readonly messages?: number };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<session>", SESSION_ARGUMENT)
    .option("--id <id>", "the id of the copy (default: a new one)")
    .option("--title <text>", "the title of the copy (default: the same)")
    .option("--messages <number>", "copy only the first so many messages", wholeNumber(0))
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions fork latest --title "Another way"
  agent-sessions fork 01a1fe96 --messages 4`,
    )
    .action(async (reference: string, options: Options) => {
      const context = contextOf(command);
      checkNewId(options.id, "--id");
      await context.withStore(async (store) => {
        const id = await context.resolveSession(store, reference);
        const head = await store.fork(id, {
          id: options.id,
          title: options.title,
          messageCount: options.messages,
        });
        await context.output.changed(head, oneLine(head.id));
      });
    });
};
