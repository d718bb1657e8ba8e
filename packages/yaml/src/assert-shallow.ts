import { RecordSyntaxError } from "@agent-sessions/file";
import { Lexer } from "yaml";

/**
 * The most lists and maps that may lie in one another on one line or between brackets. Core refuses to store more than 500; a record adds a
 * few of its own.
 */
const MAX_DEPTH = 520;
/** What the lexer yields before a plain text, which may look like any of the indicators. */
const TEXT_FOLLOWS = "\u001f";

/**
 * Refuses what is nested so deeply that the parser would exhaust the stack, which ends the process where it happens inside a regular
 * expression. Levels made by indenting alone need a file that grows with their square, and are left to the parser.
 *
 * @throws {RecordSyntaxError} with the place of the first level that is too deep
 */
export function assertShallow(text: string): void {
  if (!mayBeDeep(text)) return;
  let offset = 0;
  let inBrackets = 0;
  let onLine = 0;
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    if (!isText) {
      if (token === "[" || token === "{") inBrackets++;
      else if (token === "]" || token === "}") inBrackets--;
      else if (token === "-" || token === "?") onLine++;
      else if (token.includes("\n")) onLine = 0;
      if (inBrackets + onLine > MAX_DEPTH) throw tooDeep(text, offset);
    }
    isText = token === TEXT_FOLLOWS;
    if (!isControl(token)) offset += token.length;
  }
}

/** Whether there are enough of the characters that open a level. Most records have fewer, and need no second look. */
function mayBeDeep(text: string): boolean {
  let left = MAX_DEPTH;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "[" || character === "{" || character === "-" || character === "?") left--;
    if (left < 0) return true;
  }
  return false;
}

/** Marks between tokens, which stand for no text: document, flow error, text follows. */
function isControl(token: string): boolean {
  return token === "\u0002" || token === "\u0018" || token === TEXT_FOLLOWS;
}

function tooDeep(text: string, offset: number): RecordSyntaxError {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return new RecordSyntaxError(
    `it is nested deeper than ${MAX_DEPTH} levels`,
    line,
    offset - before.lastIndexOf("\n"),
  );
}
