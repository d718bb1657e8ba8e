import { createHash } from "node:crypto";
import type { Entry, JsonValue, SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { escapeHtml } from "./escape-html.js";
import { HTML_STYLE } from "./html-style.js";
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

/** A session as one HTML page, for people. It cannot be read back. */
export const htmlWriter: SessionWriter = {
  form: async (snapshot) => ({
    path: readableFileName(snapshot.head.id, ".html"),
    content: renderHtml(snapshot),
    notHeld: readableState(snapshot.head).notHeld,
  }),
};

/**
 * The page forbids itself everything but its own style: no script, no frame, no form, nothing from a network. Every text is escaped
 * besides, so this is what holds if that ever fails.
 */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(HTML_STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** The pieces of a session's page: one file without script that needs no other. Holds one message at a time in memory. */
export async function* renderHtml({ head, entries }: SessionSnapshot): AsyncGenerator<string> {
  const title = escapeHtml(titleOf(head));
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<main>
<h1 dir="auto">${title}</h1>
${renderHead(head)}`;
  for await (const entry of entries) yield renderEntry(entry);
  yield "</main>\n</body>\n</html>\n";
}

function renderHead(head: SessionHead): string {
  const facts = headFacts(head).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>\n`,
  );
  const { state } = readableState(head);
  const folded = Object.keys(state).length === 0 ? "" : fold("State", renderValue(state as JsonValue));
  return `<dl>\n${facts.join("")}</dl>\n${folded}`;
}

const ROLE_CLASSES: Readonly<Record<string, string>> = {
  user: "user",
  assistant: "assistant",
  system: "system",
  developer: "system",
  tool: "tool",
  function: "tool",
};

function renderEntry({ seq, at, message }: Entry): string {
  const role = typeof message.role === "string" && message.role !== "" ? message.role : "message";
  const style = Object.hasOwn(ROLE_CLASSES, role) ? (ROLE_CLASSES[role] ?? "") : "";
  return `<article id="m${seq}" class="${style}">
<header><b>${escapeHtml(oneLine(role))}</b> <time datetime="${escapeHtml(at)}">${escapeHtml(readableTime(at))}</time> <a href="#m${seq}">${seq}</a></header>
${messageBlocks(message).map(renderBlock).join("")}</article>
`;
}

function renderBlock(block: MessageBlock): string {
  switch (block.kind) {
    case "text":
      return renderText(block.text);
    case "reasoning":
      return fold("Reasoning", renderText(block.text));
    case "tool-call":
      return fold(`Tool call${named(block.name)}`, renderValue(block.input));
    case "tool-result": {
      const what = block.isError ? "Tool error" : "Tool result";
      return fold(`${what}${named(block.name)}`, renderValue(block.output), block.isError ? "error" : "");
    }
    case "attachment":
      return `<p class="attachment">Attachment: ${escapeHtml(oneLine(block.label))}</p>\n`;
    default:
      return fold(escapeHtml(oneLine(block.label)), renderValue(block.value));
  }
}

function named(name: string): string {
  return name === "" ? "" : `: <code>${escapeHtml(oneLine(name))}</code>`;
}

function renderText(text: string): string {
  return splitFences(visible(text))
    .map((piece) =>
      piece.kind === "code"
        ? `<pre><code>${escapeHtml(piece.text)}</code></pre>\n`
        : `<div class="prose" dir="auto">${escapeHtml(piece.text.trim())}</div>\n`,
    )
    .join("");
}

function renderValue(value: JsonValue): string {
  return `<pre><code>${escapeHtml(readableValue(value).text)}</code></pre>\n`;
}

/** @param summary HTML */
function fold(summary: string, body: string, className = ""): string {
  const attribute = className === "" ? "" : ` class="${className}"`;
  return `<details${attribute}>\n<summary>${summary}</summary>\n${body}</details>\n`;
}
