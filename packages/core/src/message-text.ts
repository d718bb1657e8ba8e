import { stripControlCharacters } from "./text.js";

/** How much of a message's text is searched, in UTF-16 code units. */
const MAX_MESSAGE_TEXT = 256 * 1024;
/** The longest preview, in Unicode characters. */
const MAX_PREVIEW = 200;

/**
 * The text of a message, version 1 of the rule that search and previews share: `content` when it is a string, else the
 * `text` of its parts (parts that are strings count too), a line each; at most the first 262,144 UTF-16 code units.
 * A change of this rule is a major of this package, because search indexes hold its output.
 */
export function messageText(message: object): string {
  const content: unknown = Object.hasOwn(message, "content")
    ? (message as { content: unknown }).content
    : undefined;
  if (typeof content === "string") return cut(content);
  if (!Array.isArray(content)) return cut(textOfPart(content) ?? "");
  const parts: string[] = [];
  let length = 0;
  for (const part of content as unknown[]) {
    const text = textOfPart(part);
    if (text === undefined) continue;
    parts.push(text);
    length += text.length + 1;
    if (length > MAX_MESSAGE_TEXT) break;
  }
  return cut(parts.join("\n"));
}

/** The one line that a list shows of a text: white space collapsed, control characters gone, at most 200 characters. */
function previewText(text: string): string {
  // Beyond this many code units nothing can reach the preview unless the text is nearly all white space.
  const head = text.slice(0, 16_384).toWellFormed();
  const line = stripControlCharacters(head.replace(/\s+/g, " ")).trim();
  return line.length <= MAX_PREVIEW
    ? line
    : [...line.slice(0, 2 * MAX_PREVIEW)].slice(0, MAX_PREVIEW).join("").toWellFormed();
}

/** The preview that a run of messages gives, and the index of the message it comes from; null when none has user text. */
export function findPreview(
  messages: readonly object[],
): { readonly preview: string; readonly index: number } | null {
  for (const [index, message] of messages.entries()) {
    if ((message as { role?: unknown }).role !== "user") continue;
    const preview = previewText(messageText(message));
    if (preview !== "") return { preview, index };
  }
  return null;
}

function textOfPart(part: unknown): string | undefined {
  if (typeof part === "string") return part;
  if (typeof part !== "object" || part === null || !Object.hasOwn(part, "text")) return undefined;
  const text: unknown = (part as { text: unknown }).text;
  return typeof text === "string" ? text : undefined;
}

function cut(text: string): string {
  if (text.length <= MAX_MESSAGE_TEXT) return text;
  const end = text.charCodeAt(MAX_MESSAGE_TEXT - 1);
  const splitsPair = end >= 0xd800 && end <= 0xdbff;
  return text.slice(0, splitsPair ? MAX_MESSAGE_TEXT - 1 : MAX_MESSAGE_TEXT);
}
