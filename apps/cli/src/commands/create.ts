import type { SessionInit } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { collect, metadata } from "../options/parse-value.js";
import { checkNewId } from "../references/resolve-reference.js";
import { oneLine } from "../terminal-text.js";

type Options = {
  readonly id?: string;
  readonly title?: string;
  readonly label?: readonly string[];
  readonly meta?: readonly string[];
  readonly message?: readonly string[];
  readonly flow?: string;
};

export const configure: Configure = (command, contextOf) => {
  command
    .option("--id <id>", "its id (default: a new one)")
    .option("--title <text>", "its title")
    .option("--label <label>", "a label; may be given several times", collect)
    .option("--meta <key=value>", "a fact for its metadata; may be given several times", collect)
    .option("-m, --message <text>", "a first message of the user; may be given several times", collect)
    .option("--flow <file>", "begin at the first state of this flow, a YAML file of flowr")
    .addHelpText(
      "after",
      `
Examples:
  id=$(agent-sessions create --title "Fix the login bug" --label auth)
  agent-sessions create --id login --meta pr=7 --message "Why does login fail?"`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      checkNewId(options.id, "--id");
      await context.withStore(async (store) => {
        const start = options.flow === undefined ? {} : await startOf(options.flow);
        const head = await store.create({
          id: options.id,
          title: options.title,
          labels: options.label,
          metadata: { ...start.metadata, ...metadata(options.meta ?? []) },
          state: start.state,
          messages: options.message?.map((content) => ({ role: "user", content })),
        });
        await output.changed(head, oneLine(head.id));
      });
    });
};

async function startOf(flowFile: string): Promise<Pick<SessionInit, "metadata" | "state">> {
  const { sessionFromFlow } = await import("@agent-sessions/formats");
  return await sessionFromFlow(flowFile);
}
