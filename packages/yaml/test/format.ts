import type { JsonValue } from "@agent-sessions/core";
import { parse, stringify } from "yaml";
import { type Format, type Piece, reordered } from "../../file/test/engine-fixture.js";
import { yamlCodec } from "../src/yaml-codec.js";
import { openYamlSessionStore, readSessionFile } from "../src/yaml-session-store.js";

export const yamlFormat: Format = {
  codec: yamlCodec,
  open: openYamlSessionStore,
  readSessionFile,
  handWritten: (record) => `${stringify(record)}...\n`,
  pieces: (content) => documentsOf(content.replace(/^\ufeff/, "")),
  reorder: (record, order) => {
    const body = record.replace(/\.\.\.\n$/, "");
    return `${reordered(body.split(/(?<=\n)(?=[^\s-])/), order).join("")}...\n`;
  },
};

/** YAML's own rule: `...` ends a document, and `---` begins one, each at the beginning of a line. */
function documentsOf(content: string): Piece[] {
  const documents: Piece[] = [];
  let lines: string[] = [];
  const take = (isClosed: boolean): void => {
    const text = lines.join("");
    if (text !== "") documents.push({ text, isClosed, parse: () => parseDocument(text) });
    lines = [];
  };
  for (const line of content.split(/(?<=\n)/)) {
    if (lines.length > 0 && /^---(?:\s|$)/.test(line)) take(true);
    lines.push(line);
    if (/^\.\.\.\s*(?:#.*)?\n/.test(line) || /^\.\.\.[ \t].*\n/.test(line)) take(true);
  }
  take(false);
  return documents;
}

function parseDocument(text: string): JsonValue | undefined {
  const whole = text.replace(/\n\.{1,2}$/, "\n");
  const isBlank = whole.split("\n").every((line) => /^\s*(?:#.*)?$|^---\s*$|^\.\.\.\s*$/.test(line));
  return isBlank ? undefined : (parse(whole, { version: "1.2", schema: "core", strict: true }) as JsonValue);
}
