import type { JsonObject } from "@agent-sessions/core";
import { MalformedFileError } from "./malformed-file-error.js";
import { parseForeignObject } from "./parse-foreign-json.js";
import { type Line, readLines } from "./read-lines.js";

/** A record of a JSON Lines file, or what is wrong with a line. */
export type ReadRecord =
  | { readonly line: number; readonly record: JsonObject }
  | { readonly line: number; readonly fault: string };

/**
 * The JSON objects of a JSON Lines file. Blank lines are passed over; a line that cannot be read is told, and the others are read on.
 * Several objects on one line (a writer was killed before its newline, and the next one went on) count as several.
 */
export async function* readRecords(filePath: string): AsyncGenerator<ReadRecord> {
  for await (const line of readLines(filePath)) {
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
    if (error instanceof MalformedFileError) return { fault: error.message };
    throw error;
  }
}

/** Strings, so that brackets inside them are passed over; and the brackets. */
const TOKENS = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|[{}]/g;

/** Cuts a text behind each `}` that closes an outermost `{`; what is left over comes last. */
function splitObjects(text: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === "{") depth++;
    if (token !== "}" || --depth !== 0) continue;
    pieces.push(text.slice(start, index + 1));
    start = index + 1;
  }
  const left = text.slice(start);
  return left.trim() === "" ? pieces : [...pieces, left];
}
