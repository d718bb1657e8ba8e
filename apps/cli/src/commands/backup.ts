import path from "node:path";
import type { Configure } from "../command-context.js";
import { oneLine } from "../terminal-text.js";

export const configure: Configure = (command, contextOf) => {
  command
    .argument(
      "<target>",
      "where to put the copy: a file for SQLite, a folder for JSON and YAML; nothing may be there",
    )
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions backup ./sessions-backup.db
  agent-sessions --store json:./sessions backup ./sessions-backup`,
    )
    .action(async (target: string) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const { backend, location } = store;
        const copy = path.resolve(target);
        await store.backup(copy);
        if (output.isJson) await output.document({ backend, location, target: copy });
        else await output.text(`Copied ${oneLine(location)} to ${oneLine(copy)}.`);
      });
    });
};
