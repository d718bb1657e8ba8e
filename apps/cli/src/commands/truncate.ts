import type { Configure } from "../command-context.js";
import { changedLine } from "../describe-session.js";
import { wholeNumber } from "../options/parse-value.js";

type Options = { readonly expectedRevision?: number };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<id>", "the session")
    .argument("<count>", "how many messages to keep, from the first on", wholeNumber(0))
    .option("--expected-revision <number>", "only when the session is at this revision", wholeNumber(0))
    .action(async (id: string, messageCount: number, { expectedRevision }: Options) => {
      const context = contextOf(command);
      await context.withStore(async (store) => {
        const head = await store.truncate(id, messageCount, { expectedRevision });
        if (context.output.isJson) await context.output.document(head);
        else await context.output.text(changedLine(head));
      });
    });
};
