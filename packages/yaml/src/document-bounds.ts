const NEWLINE = 0x0a;
const DOT = 0x2e;
const DASH = 0x2d;
const MARKER_LENGTH = 3;

/** Where the document that begins at `from` ends: behind its line `...`, or before the next line `---`. -1 when neither is here. */
export function documentEnd(bytes: Buffer, from: number): number {
  let line = from;
  do {
    if (isMarker(bytes, line, DOT)) return bytes.indexOf(NEWLINE, line) + 1 || -1;
    // A formatter may have put `---` between the documents instead; the first of them may have one of its own.
    if (line > from && isMarker(bytes, line, DASH)) return line;
    line = bytes.indexOf(NEWLINE, line) + 1;
  } while (line > 0);
  return -1;
}

/** Where the document that ends at `end` begins: the greatest document end before it. -1 when there is none in these bytes. */
export function documentStart(bytes: Buffer, end: number): number {
  for (let at = end - 2; at >= 0; at--) {
    // Line by line backwards; whether these bytes begin with a line nobody knows.
    at = bytes.lastIndexOf(NEWLINE, at);
    if (at === -1) return -1;
    if (isMarker(bytes, at + 1, DASH)) return at + 1;
    const behind = isMarker(bytes, at + 1, DOT) ? bytes.indexOf(NEWLINE, at + 1) + 1 : 0;
    if (behind > 0 && behind < end) return behind;
  }
  return -1;
}

/** Three dots or dashes are a marker when the line ends there or white space follows. */
function isMarker(bytes: Buffer, at: number, character: number): boolean {
  if (bytes[at] !== character || bytes[at + 1] !== character || bytes[at + 2] !== character) return false;
  const next = bytes[at + MARKER_LENGTH];
  return next === NEWLINE || next === 0x0d || next === 0x20 || next === 0x09;
}
