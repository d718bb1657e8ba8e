import { createReadStream } from "node:fs";
import { MalformedFileError } from "./malformed-file-error.js";

/** One line of a file, without its end. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a UTF-8 file, in bounded memory. Only `\n` ends a line: other separators, such as U+2028, occur inside records.
 *
 * @throws {MalformedFileError} when it is not UTF-8
 */
export async function* readLines(filePath: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  // Pieces of the line that has not ended yet; joined once, so that one very long line costs no more than many short ones.
  let pending: string[] = [];
  let number = 1;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new MalformedFileError("is not UTF-8 text", { line: number, cause });
    }
  };
  for await (const chunk of createReadStream(filePath) as AsyncIterable<Uint8Array>) {
    const [first = "", ...rest] = decode(chunk).split("\n");
    pending.push(first);
    for (const piece of rest) {
      yield { number, text: pending.join("") };
      number++;
      pending = [piece];
    }
  }
  const text = pending.join("") + decode();
  if (text !== "") yield { number, text };
}
