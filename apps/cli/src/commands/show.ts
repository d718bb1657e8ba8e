import { existsSync } from "node:fs";
import { type Entry, InvalidInputError, type SessionSnapshot, type SessionStore } from "@agent-sessions/core";
import type { CommandContext, Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import { candidatesFor } from "../references/resolve-reference.js";
import { mayBePath, readSessionAt } from "../references/session-path.js";
import { sessionText, snapshotText } from "../session-text.js";

type Options = {
  readonly tail?: number;
  readonly full?: boolean;
  readonly file?: string;
  readonly pager: boolean;
};

/** Which messages are shown. */
interface Part {
  readonly tail: number | undefined;
  /** The position of the first one. */
  readonly from: number | undefined;
}

export const configure: Configure = (command, contextOf) => {
  command
    .argument("[session]", `${SESSION_ARGUMENT}; a hit of search, as ID:7; or the path of a session file`)
    .option("--tail <number>", "only the newest so many messages", wholeNumber(1))
    .option("--full", "all fields of the session and its messages, as JSON where they are no text")
    .option("--file <path>", "show this session file, wherever it lies, and not a session of the store")
    .option("--no-pager", "print what is longer than the terminal without a pager")
    .addHelpText(
      "after",
      `
What is said is shown, and the calls of tools with their results; ids and other data of a tool with --full.

Examples:
  agent-sessions show latest --tail 2
  agent-sessions show 01a1fe96:7            from message 7 on, as search names it
  agent-sessions show ./backup/login.jsonl  what holds a separator and is no id is a path`,
    )
    .action(async (reference: string | undefined, options: Options) => {
      const context = contextOf(command);
      if ((reference === undefined) === (options.file === undefined)) {
        const problem = "It is not clear what to show. Name either a session, or a file with --file.";
        throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "--file" });
      }
      if (reference === undefined) return await showFile(options.file ?? "", options, context);
      await context.withStore(async (store) => {
        if (mayBePath(reference) && !(await isInStore(store, reference)))
          return await showFile(reference, options, context);
        await showStored(store, reference, options, context);
      });
    });
};

/** Whether a reference with a separator, which may be a path, names a session of the store: by its id, or where no file is, by its beginning. */
async function isInStore(store: SessionStore, reference: string): Promise<boolean> {
  const id = withoutPosition(reference);
  if ((await store.exists(reference)) || (await store.exists(id))) return true;
  return !existsSync(reference) && (await candidatesFor(store, id, 1)).length > 0;
}

async function showStored(
  store: SessionStore,
  reference: string,
  options: Options,
  context: CommandContext,
): Promise<void> {
  const isWhole = (await store.exists(reference)) || withoutPosition(reference) === reference;
  const id = await context.resolveSession(store, isWhole ? reference : withoutPosition(reference));
  const from = isWhole ? undefined : Number(reference.slice(reference.lastIndexOf(":") + 1));
  if (from !== undefined) await checkPosition(store, id, from);
  const part: Part = { tail: options.tail, from };
  if (!context.output.isJson) {
    const { colors } = context.output;
    return await print(
      () => sessionText(store, id, { ...part, full: options.full, colors }),
      options,
      context,
    );
  }
  if (part.tail === undefined && from === undefined)
    return await context.output.document(await store.load(id));
  const range = { last: part.tail, after: from === undefined ? undefined : from - 1 };
  await printDocument({ head: await store.head(id), entries: store.messages(id, range) }, context);
}

/** @throws {InvalidInputError} INVALID_QUERY for a position behind the last message: nothing at all would be shown */
async function checkPosition(store: SessionStore, id: string, position: number): Promise<void> {
  const { messageCount } = await store.head(id);
  if (position <= messageCount) return;
  const problem = `Session ${JSON.stringify(id)} has ${count(messageCount, "message")}, and none at position ${position}.`;
  const remedy =
    messageCount === 0
      ? "Name the session alone, without a position."
      : `Name a position from 1 to ${messageCount}, or the session alone.`;
  throw new InvalidInputError("INVALID_QUERY", `${problem} ${remedy}`, { path: "position" });
}

async function showFile(file: string, options: Options, context: CommandContext): Promise<void> {
  const { head, entries } = await readSessionAt(file);
  // Read anew for each reader: the pager may ask for the text twice.
  const snapshot = (): SessionSnapshot => ({ head, entries: newest(entries, options.tail) });
  if (context.output.isJson) return await printDocument(snapshot(), context);
  const { colors } = context.output;
  await print(() => snapshotText(snapshot(), { full: options.full, colors }), options, context);
}

/** The reference without a position behind its last colon: a message of a session, as `search` names it. */
function withoutPosition(reference: string): string {
  return reference.replace(/(?<=.):[1-9]\d{0,14}$/s, "");
}

async function* newest(
  entries: SessionSnapshot["entries"],
  tail: number | undefined,
): AsyncGenerator<Entry, void, undefined> {
  if (tail === undefined) return yield* entries;
  const kept: Entry[] = [];
  for await (const entry of entries) {
    kept.push(entry);
    if (kept.length > tail) kept.shift();
  }
  yield* kept;
}

async function printDocument(snapshot: SessionSnapshot, { output }: CommandContext): Promise<void> {
  const messages: object[] = [];
  for await (const { message } of snapshot.entries) messages.push(message);
  await output.document({ ...snapshot.head, messages });
}

/** Through a pager where it is longer than the terminal. */
async function print(
  textOf: () => AsyncIterable<string>,
  options: Options,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const { width, height } = output;
  if (width === null || height === null || options.pager === false) {
    for await (const text of textOf()) await output.raw(text);
    return;
  }
  const { page } = await import("../pager.js");
  await page(textOf, {
    env: process.env,
    columns: width,
    rows: height,
    whileAway: async (body) => await context.whileAway(body),
    write: async (text) => await output.raw(text),
  });
}
