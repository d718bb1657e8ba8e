import { canAsk } from "../can-ask.js";
import type { Configure } from "../command-context.js";
import { confirmLoss } from "../confirm-loss.js";
import { describeDeletion } from "../describe-deletion.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly yes?: boolean };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<session>", SESSION_ARGUMENT)
    .option("--yes", "do not ask; the session has to be named by its whole id")
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions delete 01a1fe96
  agent-sessions delete 01a1fe96-ea76-7319-975c-dd61c72105ae --yes`,
    )
    .action(async (reference: string, { yes }: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const isWholeId = yes === true || !canAsk();
        const id = await context.resolveSession(store, reference, { isWholeId });
        const loss = {
          sessionId: id,
          doing: `Deleting ${JSON.stringify(id)}`,
          question: "Delete it for good?",
          unchanged: "Nothing was deleted.",
        };
        const isMeant =
          yes === true || (await confirmLoss({ ...loss, facts: await describeDeletion(store, id) }, context));
        if (!isMeant) {
          if (output.isJson) await output.document(false);
          return;
        }
        const isDeleted = await store.delete(id);
        // Rejects SESSION_NOT_FOUND with the place that was searched: whoever names a session expects it to be there.
        if (!isDeleted) await store.head(id);
        await output.changed(isDeleted, `${oneLine(id)}: deleted`);
      });
    });
};
