import { RecordTooDeepError } from "@agent-sessions/file";
import { Lexer } from "yaml";

/**
 * The most lists and maps that may lie in one another on one line or between brackets: what the option `maxDepth` allows at most (500), and
 * a few of a record's own.
 */
const MAX_DEPTH = 520;
/** What the lexer yields before a plain text, which may look like any of the indicators. */
const TEXT_FOLLOWS = "\u001f";

/**
 * Refuses what is nested so deeply that the parser would exhaust the stack, which ends the process where it happens inside a regular
 * expression. Levels made by indenting alone need a file that grows with their square, and are left to the parser.
 *
 * @throws {RecordTooDeepError} with the place of the first level that is too deep
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
  let found = 0;
  // One after the other: to go from one to the next costs a fraction of looking at each character.
  for (const opener of ["[", "{", "-", "?"]) {
    for (let at = text.indexOf(opener); at !== -1; at = text.indexOf(opener, at + 1))
      if (++found > MAX_DEPTH) return true;
  }
  return false;
}

/** Marks between tokens, which stand for no text: document, flow error, text follows. */
function isControl(token: string): boolean {
  return token === "\u0002" || token === "\u0018" || token === TEXT_FOLLOWS;
}

function tooDeep(text: string, offset: number): RecordTooDeepError {
  const before = text.slice(0, offset);
  return new RecordTooDeepError(before.split("\n").length, offset - before.lastIndexOf("\n"));
}
