import path from "node:path";
import { InvalidInputError, type SessionStore } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { isThere } from "../is-there.js";
import { placeOf } from "../references/place.js";
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
        checkIsThere(store);
        const copy = path.resolve(target);
        const { sweepStagingFolders } = await import("@agent-sessions/file/staging-folder");
        for (const left of sweepStagingFolders(copy))
          await output.note(`Removed ${oneLine(left)}, which a backup that was stopped had left.`);
        await store.backup(copy);
        const answer = { backend, location, target: copy };
        await output.changed(answer, `Copied ${oneLine(location)} to ${oneLine(copy)}.`);
      });
    });
};

/** A copy of nothing would be trusted as a backup. */
function checkIsThere(store: SessionStore): void {
  if (isThere(store)) return;
  const problem = `There is no store at ${placeOf(store)}, so there is nothing to copy. Check --store; agent-sessions config shows where it comes from.`;
  throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "--store", location: store.location });
}

/** Every other command takes URLs: here one would become a folder of that name. */
function checkIsPath(target: string): void {
  if (!keepsFiles(target)) return;
  const problem = `${JSON.stringify(target)} is a store's URL, and a backup goes to a path. Leave out what stands before the path, or copy to another store with migrate.`;
  throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "target" });
}
