import type { JsonObject } from "@agent-sessions/core";
import { jsonStringEnd } from "./json-string-end.js";
import { asMalformed } from "./malformed-file-error.js";
import { parseForeignObject } from "./parse-foreign-json.js";
import { type Line, readLines } from "./read-lines.js";
import type { SourceFile } from "./source-file.js";

/** A record of a JSON Lines file, or what is wrong with a line. */
export type ReadRecord =
  | { readonly line: number; readonly record: JsonObject }
  | { readonly line: number; readonly fault: string };

/**
 * The JSON objects of a JSON Lines file, as far as it went when it was looked at: it may be a session that goes on, and is read twice. Blank lines are passed over; a line that cannot be read is told, and the others are read on.
 * Several objects on one line (a writer was killed before its newline, and the next one went on) count as several.
 */
export async function* readRecords(file: SourceFile): AsyncGenerator<ReadRecord> {
  for await (const line of readLines(file.path, { end: file.sizeBytes })) {
    if (line.text !== null && line.text.trim() === "") continue;
    yield* recordsOf(line);
  }
}

function* recordsOf({ number: line, text }: Line): Generator<ReadRecord> {
  if (text === null) {
    yield { line, fault: "is not UTF-8 text, or longer than 256 MiB" };
    return;
  }
  const whole = parseRecord(text);
  const pieces = "fault" in whole ? splitObjects(text) : [];
  if (pieces.length < 2) yield { line, ...whole };
  else for (const piece of pieces) yield { line, ...parseRecord(piece) };
}

function parseRecord(text: string): { readonly record: JsonObject } | { readonly fault: string } {
  try {
    return { record: parseForeignObject(text) };
  } catch (error) {
    return { fault: asMalformed(error).message };
  }
}

/** Cuts a text behind each `}` that closes an outermost `{`; what is left over comes last. */
function splitObjects(text: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  const tokens = /["{}]/g;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const { 0: token, index } = match;
    if (token === '"') tokens.lastIndex = jsonStringEnd(text, index) + 1;
    if (token === "{") depth++;
    if (token !== "}" || --depth !== 0) continue;
    pieces.push(text.slice(start, index + 1));
    start = index + 1;
  }
  const left = text.slice(start);
  return left.trim() === "" ? pieces : [...pieces, left];
}
