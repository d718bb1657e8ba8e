import { InvalidInputError, type Message } from "@agent-sessions/core";
import type { Output } from "../output.js";
import { parseExactJson } from "./parse-exact-json.js";
import { readStdin } from "./read-stdin.js";

export interface MessagesInput {
  readonly texts: readonly string[];
  readonly role: string;
  /** Stdin holds JSON Lines, a message each, instead of one text. */
  readonly jsonLines: boolean;
  /** Where a person at a terminal is told that stdin is waited for. */
  readonly output: Output;
  /** Ends the waiting for stdin. */
  readonly signal: AbortSignal;
}

/**
 * The messages that a command line means: its texts, or what stdin holds.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for texts together with JSON Lines; INVALID_VALUE for input that is none
 */
export async function readMessages({
  texts,
  role,
  jsonLines,
  output,
  signal,
}: MessagesInput): Promise<readonly Message[]> {
  if (texts.length === 0 && process.stdin.isTTY)
    await output.note(
      `Type ${jsonLines ? "messages as JSON, one a line" : "the message"}, and Ctrl-D on a line of its own to end.`,
    );
  if (!jsonLines) {
    const contents = texts.length > 0 ? texts : [withoutLineEnd(await readStdin(signal))];
    if (texts.length === 0 && contents[0] === "")
      throw invalid("No text was given, and stdin is empty. Name a text, or pipe one in.");
    return contents.map((content) => ({ role, content }));
  }
  if (texts.length > 0) {
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      "With --jsonl the messages come from stdin. Leave the texts out, or --jsonl.",
      {
        path: "--jsonl",
      },
    );
  }
  return parseLines(await readStdin(signal));
}

function parseLines(text: string): readonly Message[] {
  const messages: Message[] = [];
  // Only "\n" ends a line: JSON texts may hold other separators, such as U+2028.
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      messages.push(parseExactJson(line, `stdin, line ${index + 1}`) as Message);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw invalid(
        `Line ${index + 1} of stdin is not valid JSON: ${why}. Nothing was stored; mend the line and try again.`,
        cause,
      );
    }
  }
  if (messages.length === 0) throw invalid("Stdin holds no line of JSON. Pipe in one message a line.");
  return messages;
}

/** Without the one line end that `echo` adds. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

function invalid(message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError("INVALID_VALUE", message, { path: "stdin", cause });
}
