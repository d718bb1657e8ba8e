const NEWLINE = 0x0a;
const MARKER_LENGTH = 3;
const END_MARKER: Buffer = Buffer.from("\n...");
const START_MARKER: Buffer = Buffer.from("\n---");

/** Where the document that begins at `from` ends: behind its line `...`, or before the next line `---`. -1 when neither is here. */
export function documentEnd(bytes: Buffer, from: number): number {
  const closed = endBehindMarker(bytes, from);
  // A formatter may have put `---` between the documents instead.
  const limit = closed === -1 ? bytes.length : closed;
  const opened = startBeforeMarker(bytes, from, limit);
  return opened === -1 ? closed : opened;
}

/** Where the document that ends at `end` begins: the greatest document end before it. -1 when there is none in these bytes. */
export function documentStart(bytes: Buffer, end: number): number {
  let closed = -1;
  for (let at = lastIndex(bytes, END_MARKER, end - 1); at !== -1; at = lastIndex(bytes, END_MARKER, at - 1)) {
    const behind = isMarker(bytes, at + 1) ? bytes.indexOf(NEWLINE, at + 1 + MARKER_LENGTH) + 1 : 0;
    if (behind > 0 && behind < end) {
      closed = behind;
      break;
    }
  }
  const from = Math.max(0, closed - 1);
  const slice = bytes.subarray(from, Math.max(from, Math.min(bytes.length, end + MARKER_LENGTH + 1)));
  for (
    let at = lastIndex(slice, START_MARKER, slice.length);
    at !== -1;
    at = lastIndex(slice, START_MARKER, at - 1)
  ) {
    const start = from + at + 1;
    if (start < end && start > closed && isMarker(bytes, start)) return start;
  }
  return closed;
}

/** Behind the first line `...` from a document's beginning on. */
function endBehindMarker(bytes: Buffer, from: number): number {
  let at = isAt(bytes, END_MARKER, from) ? from : nextLine(bytes, END_MARKER, from);
  while (at !== -1) {
    if (isMarker(bytes, at)) return bytes.indexOf(NEWLINE, at + MARKER_LENGTH) + 1 || -1;
    at = nextLine(bytes, END_MARKER, at);
  }
  return -1;
}

/** The first line `---` behind a document's own first line. */
function startBeforeMarker(bytes: Buffer, from: number, limit: number): number {
  const slice = bytes.subarray(from, limit);
  for (let at = slice.indexOf(START_MARKER); at !== -1; at = slice.indexOf(START_MARKER, at + 1)) {
    if (isMarker(bytes, from + at + 1)) return from + at + 1;
  }
  return -1;
}

function nextLine(bytes: Buffer, marker: Buffer, from: number): number {
  return bytes.indexOf(marker, from) + 1 || -1;
}

function lastIndex(bytes: Buffer, marker: Buffer, from: number): number {
  return from < 0 ? -1 : bytes.lastIndexOf(marker, from);
}

function isAt(bytes: Buffer, marker: Buffer, at: number): boolean {
  return (
    bytes.length >= at + MARKER_LENGTH &&
    bytes.compare(marker, 1, marker.length, at, at + MARKER_LENGTH) === 0
  );
}

/** Three dots or dashes are a marker when the line ends there or white space follows. */
function isMarker(bytes: Buffer, at: number): boolean {
  const next = bytes[at + MARKER_LENGTH];
  return next === NEWLINE || next === 0x0d || next === 0x20 || next === 0x09;
}
