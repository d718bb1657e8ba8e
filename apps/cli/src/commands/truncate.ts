import { canAsk } from "../can-ask.js";
import type { Configure } from "../command-context.js";
import { changedLine } from "../describe-session.js";
import { agreeToDrop } from "../dropped-messages.js";
import { wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";

type Options = { readonly expectedRevision?: number; readonly yes?: boolean };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<session>", SESSION_ARGUMENT)
    .argument("<count>", "how many messages to keep, from the first on", wholeNumber(0))
    .option("--expected-revision <number>", "only when the session is at this revision", wholeNumber(0))
    .option("--yes", "do not ask; the session has to be named by its whole id")
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions truncate latest 4
  agent-sessions truncate 01a1fe96-ea76-7319-975c-dd61c72105ae 0 --yes`,
    )
    .action(async (reference: string, kept: number, options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const isWholeId = options.yes === true || !canAsk();
        const id = await context.resolveSession(store, reference, { isWholeId });
        let { expectedRevision } = options;
        if (options.yes !== true) {
          const agreed = await agreeToDrop(store, id, kept, context);
          if (agreed === null) return;
          // What was added meanwhile is not what was agreed to.
          expectedRevision ??= agreed.revision;
        }
        const head = await store.truncate(id, kept, { expectedRevision });
        await output.changed(head, changedLine(head));
      });
    });
};
