import { InvalidInputError, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import type { CommandContext, Configure } from "../command-context.js";
import { count, nameOf } from "../describe-session.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly yes?: boolean };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<id>", "the session")
    .option("--yes", "do not ask")
    .action(async (id: string, { yes }: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        if (yes !== true && !(await isConfirmed(store, id, context))) {
          await output.note("Nothing was deleted.");
          if (output.isJson) await output.document(false);
          return;
        }
        const isDeleted = await store.delete(id);
        // Rejects SESSION_NOT_FOUND with the place that was searched: whoever names a session expects it to be there.
        if (!isDeleted) await store.head(id);
        if (output.isJson) await output.document(isDeleted);
        else await output.text(`${oneLine(id)}: deleted`);
      });
    });
};

async function isConfirmed(store: SessionStore, id: string, context: CommandContext): Promise<boolean> {
  const what = await describe(store, id);
  const { ask, canAsk } = await import("../ask.js");
  if (canAsk()) return await ask(`Delete ${what} from ${oneLine(store.location)}, for good?`, context.signal);
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `Deleting ${JSON.stringify(id)} needs a confirmation, and there is no terminal to ask on. Add --yes to delete it without being asked.`,
    { path: "--yes", sessionId: id },
  );
}

/** What will go, in words. A session that cannot be read can still be deleted. */
async function describe(store: SessionStore, id: string): Promise<string> {
  try {
    const head = await store.head(id);
    const name = nameOf(head);
    return `session ${oneLine(id)}${name === "" ? "" : ` (${name})`} with ${count(head.messageCount, "message")}`;
  } catch (error) {
    if (SessionStoreError.is(error, "SESSION_CORRUPTED"))
      return `session ${oneLine(id)}, which cannot be read,`;
    throw error;
  }
}
