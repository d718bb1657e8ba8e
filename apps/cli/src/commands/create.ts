import type { Configure } from "../command-context.js";
import { collect, metadata } from "../options/parse-value.js";
import { oneLine } from "../terminal-text.js";

type Options = {
  readonly id?: string;
  readonly title?: string;
  readonly label?: readonly string[];
  readonly meta?: readonly string[];
  readonly message?: readonly string[];
};

export const configure: Configure = (command, contextOf) => {
  command
    .option("--id <id>", "its id (default: a new one)")
    .option("--title <text>", "its title")
    .option("--label <label>", "a label; may be given several times", collect)
    .option("--meta <key=value>", "a fact for its metadata; may be given several times", collect)
    .option("--message <text>", "a first message of the user; may be given several times", collect)
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const head = await store.create({
          id: options.id,
          title: options.title,
          labels: options.label,
          metadata: options.meta === undefined ? undefined : metadata(options.meta),
          messages: options.message?.map((content) => ({ role: "user", content })),
        });
        if (output.isJson) await output.document(head);
        else await output.text(oneLine(head.id));
      });
    });
};
