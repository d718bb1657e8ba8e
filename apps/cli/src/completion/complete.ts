import type { SessionStore } from "@agent-sessions/core";
import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { relativeTime } from "../describe-session.js";
import { candidatesFor } from "../references/resolve-reference.js";
import { oneLine } from "../terminal-text.js";
import { type Completion, completeWords } from "./complete-words.js";

/** How many sessions a shell offers. */
const MAX_SESSIONS = 50;

/** Prints what may stand at the cursor, a line each: the word, a tab, what it means. */
export async function complete(
  program: Command,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const completions = await completeWords(program, words, {
    sessions: async (prefix, globals) =>
      await context
        .withGlobals(globals)
        .withStore(async (store) => [...latest(prefix), ...(await sessionsFor(store, prefix))]),
    formats: formatsOf,
  });
  for (const { value, meaning } of completions)
    await context.output.text(`${oneLine(value)}\t${oneLine(meaning)}`);
}

function latest(prefix: string): readonly Completion[] {
  return "latest".startsWith(prefix) ? [{ value: "latest", meaning: "the newest with a message" }] : [];
}

async function sessionsFor(store: SessionStore, prefix: string): Promise<readonly Completion[]> {
  const now = new Date();
  const candidates = await candidatesFor(store, prefix, MAX_SESSIONS);
  return candidates.map(({ id, name, updatedAt }) => ({
    value: id,
    meaning: updatedAt === null ? "unreadable" : `${relativeTime(updatedAt, now)}  ${name ?? ""}`,
  }));
}

/** Both name an archive as people do, and take the library's name for it too. */
async function formatsOf(command: string): Promise<readonly string[]> {
  const { READABLE_FORMATS, WRITABLE_FORMATS } = await import("@agent-sessions/formats");
  const names = command === "import" ? READABLE_FORMATS : WRITABLE_FORMATS;
  return ["archive", ...names.filter((name) => name !== "agent-sessions")];
}
