import type { Entry, JsonObject, JsonValue, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import type { Colors } from "./colors.js";
import { headLines, shortTime } from "./describe-session.js";
import { manyLines, oneLine } from "./terminal-text.js";

export interface SessionTextOptions {
  /** Only the newest so many messages. @default all */
  readonly tail?: number | undefined;
  /** Only the messages from this position on. @default all */
  readonly from?: number | undefined;
  readonly colors: Colors;
}

/** A session as a person reads it: its facts, then message by message. Safe for a terminal, and in bounded memory. */
export async function* sessionText(
  store: SessionStore,
  id: string,
  { tail, from, colors }: SessionTextOptions,
): AsyncGenerator<string> {
  const head = await store.head(id);
  const entries = store.messages(id, { last: tail, after: from === undefined ? undefined : from - 1 });
  yield* snapshotText({ head, entries }, colors);
}

/** The same for a session wherever it comes from. */
export async function* snapshotText(
  { head, entries }: SessionSnapshot,
  colors: Colors,
): AsyncGenerator<string> {
  yield `${headLines(head).join("\n")}\n`;
  for await (const entry of entries) {
    const { seq, at, message } = entry;
    const title = colors.bold(`#${seq} ${roleOf(message)}`);
    yield `\n${title}  ${colors.dim(shortTime(at))}\n${manyLines(bodyOf(entry))}\n`;
  }
}

/** Who speaks, on one line. */
export function roleOf({ role }: Entry["message"]): string {
  return typeof role === "string" ? oneLine(role) : "message";
}

/** The message's text as it is, also where it comes in parts; what is no plain text, as JSON. Not made safe for a terminal. */
export function bodyOf({ message }: Pick<Entry, "message">): string {
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
