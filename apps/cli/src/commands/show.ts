import type { Entry, JsonObject, JsonValue, SessionStore } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { headLines, shortTime } from "../describe-session.js";
import { wholeNumber } from "../options/parse-value.js";
import type { Output } from "../output.js";
import { manyLines, oneLine } from "../terminal-text.js";

type Options = { readonly tail?: number };

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<id>", "the session")
    .option("--tail <number>", "only the newest so many messages", wholeNumber(1))
    .action(async (id: string, { tail }: Options) => {
      const context = contextOf(command);
      await context.withStore(async (store) => {
        if (context.output.isJson) await context.output.document(await sessionDocument(store, id, tail));
        else await showSession(store, id, tail, context.output);
      });
    });
};

async function sessionDocument(store: SessionStore, id: string, tail: number | undefined): Promise<object> {
  if (tail === undefined) return await store.load(id);
  const head = await store.head(id);
  const messages: object[] = [];
  for await (const { message } of store.messages(id, { last: tail })) messages.push(message);
  return { ...head, messages };
}

async function showSession(
  store: SessionStore,
  id: string,
  tail: number | undefined,
  output: Output,
): Promise<void> {
  const head = await store.head(id);
  await output.text(headLines(head).join("\n"));
  for await (const entry of store.messages(id, tail === undefined ? {} : { last: tail })) {
    const { seq, at, message } = entry;
    const role = typeof message.role === "string" ? oneLine(message.role) : "message";
    await output.text(
      `\n${output.colors.bold(`#${seq} ${role}`)}  ${output.colors.dim(shortTime(at))}\n${manyLines(body(entry))}`,
    );
  }
}

/** The message's text as it is, also where it comes in parts; what is no plain text, as JSON. */
function body({ message }: Entry): string {
  const { role: _role, content, ...rest } = message;
  const text = contentText(content);
  return Object.keys(rest).length === 0
    ? text
    : `${text}${text === "" ? "" : "\n"}${JSON.stringify(rest, null, 2)}`;
}

function contentText(content: JsonValue | undefined): string {
  if (content === undefined) return "";
  const parts: readonly JsonValue[] = Array.isArray(content) && content.length > 0 ? content : [content];
  return parts.map((part) => plainText(part) ?? JSON.stringify(part, null, 2)).join("\n");
}

/** The text of a part that is nothing else, such as `{ "type": "text", "text": … }`; null for any other: nothing it says may go unseen. */
function plainText(part: JsonValue): string | null {
  if (typeof part === "string") return part;
  if (typeof part !== "object" || part === null || Array.isArray(part)) return null;
  const { type = "text", text, ...rest } = part as JsonObject;
  const isText =
    typeof text === "string" && typeof type === "string" && /^(?:(?:in|out)put_)?text$/.test(type);
  return isText && Object.keys(rest).length === 0 ? text : null;
}
