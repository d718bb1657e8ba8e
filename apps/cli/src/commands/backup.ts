import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { keepsFiles } from "../store-url.js";
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
      checkIsPath(target);
      await context.withStore(async (store) => {
        const { backend, location } = store;
        const copy = path.resolve(target);
        await store.backup(copy);
        if (output.isJson) await output.document({ backend, location, target: copy });
        else await output.text(`Copied ${oneLine(location)} to ${oneLine(copy)}.`);
      });
    });
};

/** Every other command takes URLs: here one would become a folder of that name. */
function checkIsPath(target: string): void {
  if (!keepsFiles(target)) return;
  const problem = `${JSON.stringify(target)} is a store's URL, and a backup goes to a path. Leave out what stands before the path, or copy to another store with migrate.`;
  throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "target" });
}
