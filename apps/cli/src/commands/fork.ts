import type { Configure } from "../command-context.js";
import { wholeNumber } from "../options/parse-value.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly id?: string; readonly title?: string; readonly messages?: number };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<id>", "the session to copy")
    .option("--id <id>", "the id of the copy (default: a new one)")
    .option("--title <text>", "the title of the copy (default: the same)")
    .option("--messages <number>", "copy only the first so many messages", wholeNumber(0))
    .action(async (id: string, options: Options) => {
      const context = contextOf(command);
      await context.withStore(async (store) => {
        const head = await store.fork(id, {
          id: options.id,
          title: options.title,
          messageCount: options.messages,
        });
        if (context.output.isJson) await context.output.document(head);
        else await context.output.text(oneLine(head.id));
      });
    });
};
