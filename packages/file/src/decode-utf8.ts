import { isUtf8 } from "node:buffer";
import { RecordSyntaxError } from "./record-codec.js";

/** What stands in a text for each byte that is not UTF-8; itself a character that people write. */
const REPLACEMENT = "\ufffd";

/**
 * The text in bytes, from `start` to `end`. Bytes of another encoding, which an editor may have left, are refused: read as if nothing were wrong, they would be
 * lost for ever when the file is next rewritten.
 *
 * @throws {RecordSyntaxError}
 */
export function decodeUtf8(bytes: Buffer, start: number, end: number): string {
  // Its default encoding by leaving it out: Node's first look-up of a named one takes longer than all of this.
  const text = bytes.toString(undefined, start, end);
  return text.includes(REPLACEMENT) ? withOwnReplacements(bytes.subarray(start, end), text) : text;
}

/** The text, where nothing in it was replaced. */
function withOwnReplacements(bytes: Buffer, text: string): string {
  if (isUtf8(bytes)) return text;
  const before = text.slice(0, firstReplaced(bytes, text));
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  throw new RecordSyntaxError(
    "it is not valid UTF-8; save it in that encoding",
    line,
    before.length - lineStart + 1,
  );
}

/** The first replacement character that does not stand for itself. */
function firstReplaced(bytes: Buffer, text: string): number {
  const own = Buffer.from(REPLACEMENT);
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf(REPLACEMENT); at !== -1; at = text.indexOf(REPLACEMENT, from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes.compare(own, 0, own.length, offset, offset + own.length) !== 0) return at;
    offset += own.length;
    from = at + 1;
  }
  return text.length;
}
