import type { JsonObject, JsonValue, Message } from "@agent-sessions/core";
import { type MessageBlock, messageBlocks, OTHER_FIELDS } from "@agent-sessions/formats/message-blocks";
import type { Colors } from "./colors.js";
import { manyLines, oneLine } from "./terminal-text.js";

export interface MessageText {
  /** Safe for a terminal. */
  readonly text: string;
  /** The message holds more than the text says: ids, times and other fields that a reader does not miss. */
  readonly isPart: boolean;
}

/** What is said and done in a message, whatever tool it comes from: texts, and calls of tools with their results. */
export function messageText(message: Message, colors: Colors): MessageText {
  const blocks = messageBlocks(message);
  const said = blocks.filter((block) => block.kind !== "data" || block.label !== OTHER_FIELDS);
  // A message of fields alone says what they say.
  const text = (said.length > 0 ? said : blocks).map((block) => blockText(block, colors)).join("\n");
  return { text, isPart: !isPlain(message) };
}

/** The message's text, also where it comes in parts, and all else that it holds as JSON. Safe for a terminal. */
export function wholeMessageText({ role: _role, content, ...rest }: Message): string {
  const parts = partsOf(content).map((part) => plainText(part) ?? JSON.stringify(part, null, 2));
  const fields = Object.keys(rest).length === 0 ? [] : [JSON.stringify(rest, null, 2)];
  return manyLines([...parts, ...fields].join("\n"));
}

function blockText(block: MessageBlock, { cyan, dim, red }: Colors): string {
  switch (block.kind) {
    case "text":
      return manyLines(block.text);
    case "reasoning":
      return titled(dim("reasoning"), block.text);
    case "tool-call":
      return titled(cyan(named("call", block.name)), argumentsText(block.input));
    case "tool-result": {
      const title = named(block.isError ? "error" : "result", block.name);
      return titled(block.isError ? red(title) : cyan(title), valueText(block.output));
    }
    case "attachment":
      return dim(`[${oneLine(block.label)}]`);
    default:
      return titled(dim(oneLine(block.label)), valueText(block.value));
  }
}

function named(what: string, name: string): string {
  return name === "" ? what : `${what} ${oneLine(name)}`;
}

/** Set off from what is said. */
function titled(title: string, text: string): string {
  return text === "" ? title : `${title}\n${indented(manyLines(text))}`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}

/** A line for each argument; below its name, where its text has several. */
function argumentsText(input: JsonValue): string {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return valueText(input);
  return Object.entries(input)
    .map(([name, value = null]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return text.includes("\n") ? `${name}:\n${indented(text)}` : `${name}: ${text}`;
    })
    .join("\n");
}

function valueText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Whether a message says nothing but its role and its texts. */
function isPlain({ role: _role, content, ...rest }: Message): boolean {
  return Object.keys(rest).length === 0 && partsOf(content).every((part) => plainText(part) !== null);
}

function partsOf(content: JsonValue | undefined): readonly JsonValue[] {
  if (content === undefined) return [];
  return Array.isArray(content) && content.length > 0 ? content : [content];
}

/** The text of a part that is nothing else, such as `{ "type": "text", "text": … }`; null for any other. */
function plainText(part: JsonValue): string | null {
  if (typeof part === "string") return part;
  if (typeof part !== "object" || part === null || Array.isArray(part)) return null;
  const { type = "text", text, ...rest } = part as JsonObject;
  const isText =
    typeof text === "string" && typeof type === "string" && /^(?:(?:in|out)put_)?text$/.test(type);
  return isText && Object.keys(rest).length === 0 ? text : null;
}
