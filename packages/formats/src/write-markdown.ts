import type { Entry, SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { escapeHtml } from "./escape-html.js";
import { type MessageBlock, messageBlocks } from "./message-blocks.js";
import { readableFileName } from "./readable-file-name.js";
import {
  headFacts,
  oneLine,
  readableState,
  readableTime,
  readableValue,
  splitFences,
  titleOf,
  visible,
} from "./readable-text.js";
import type { SessionWriter } from "./session-writer.js";

/** A session as a markdown file, for people: tool calls and results are folded, code stays as it is. It cannot be read back. */
export const markdownWriter: SessionWriter = {
  form: async (snapshot) => ({
    path: readableFileName(snapshot.head.id, ".md"),
    content: renderMarkdown(snapshot),
    notHeld: readableState(snapshot.head).notHeld,
  }),
};

/** The pieces of a session's markdown. Holds one message at a time in memory. */
export async function* renderMarkdown({ head, entries }: SessionSnapshot): AsyncGenerator<string> {
  yield renderHead(head);
  for await (const entry of entries) yield renderEntry(entry);
}

function renderHead(head: SessionHead): string {
  const facts = headFacts(head).map(([name, value]) => `- ${name}: ${codeSpan(value)}\n`);
  const { state } = readableState(head);
  const folded = Object.keys(state).length === 0 ? "" : `\n${fold("State", jsonBlock(state))}`;
  return `# ${escapeLine(titleOf(head))}\n\n${facts.join("")}${folded}`;
}

function renderEntry({ seq, at, message }: Entry): string {
  const role = typeof message.role === "string" && message.role !== "" ? message.role : "message";
  const heading = `\n---\n\n## ${seq}. ${escapeLine(oneLine(role))} · ${readableTime(at)}\n`;
  return [heading, ...messageBlocks(message).map((block) => `\n${renderBlock(block)}`)].join("");
}

function renderBlock(block: MessageBlock): string {
  switch (block.kind) {
    case "text":
      return renderText(block.text);
    case "reasoning":
      return fold("Reasoning", renderText(block.text));
    case "tool-call":
      return fold(`Tool call${named(block.name)}`, valueBlock(block.input));
    case "tool-result": {
      const what = block.isError ? "Tool error" : "Tool result";
      return fold(`${what}${named(block.name)}`, valueBlock(block.output));
    }
    case "attachment":
      return `*Attachment: ${escapeLine(oneLine(block.label))}*\n`;
    default:
      return fold(escapeHtml(oneLine(block.label)), valueBlock(block.value));
  }
}

function named(name: string): string {
  return name === "" ? "" : `: <code>${escapeHtml(oneLine(name))}</code>`;
}

/** Prose is markdown already; only HTML in it is made text, and a fence that was left open is closed. */
function renderText(text: string): string {
  const pieces = splitFences(visible(text)).map((piece) =>
    piece.kind === "code" ? fenced(piece.text, piece.language) : `${withoutHtml(piece.text)}\n`,
  );
  return pieces.join("");
}

function valueBlock(value: Parameters<typeof readableValue>[0]): string {
  const { text, language } = readableValue(value);
  return fenced(text, language);
}

function jsonBlock(value: object): string {
  return fenced(visible(JSON.stringify(value, null, 2)), "json");
}

/** A block of code behind a fence that is longer than any inside. @internal */
export function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`{3,}/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}\n`;
}

/** @param summary HTML */
function fold(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n</details>\n`;
}

/** A span of code that may hold backticks. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const blank = longest > 0 || text.trim() !== text ? " " : "";
  return `${fence}${blank}${text}${blank}${fence}`;
}

/** A text that means nothing to markdown. */
function escapeLine(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~!]/g, "\\$&");
}

/** Prose in which tags and comments are text; spans of code, in which they are that already, stay. */
function withoutHtml(text: string): string {
  return text
    .split("\n")
    .map((line) => outsideCode(line, (part) => part.replaceAll(/<(?=[a-z/!?])/gi, "&lt;")))
    .join("\n");
}

/** Changes what of a line lies outside its spans of code (CommonMark, section 6.1). */
function outsideCode(line: string, change: (part: string) => string): string {
  if (!line.includes("`")) return change(line);
  const parts = line.split(/(`+)/);
  /** The places of the runs of each length, from the last to the first. */
  const runs = new Map<number, number[]>();
  for (let at = parts.length - 2; at > 0; at -= 2) {
    const { length } = parts[at] ?? "";
    const places = runs.get(length);
    if (places === undefined) runs.set(length, [at]);
    else places.push(at);
  }
  let changed = "";
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? "";
    if (at % 2 === 0) {
      changed += change(part);
      continue;
    }
    const places = runs.get(part.length) ?? [];
    while ((places.at(-1) ?? Infinity) <= at) places.pop();
    const end = places.at(-1) ?? at;
    changed += parts.slice(at, end + 1).join("");
    at = end;
  }
  return changed;
}
