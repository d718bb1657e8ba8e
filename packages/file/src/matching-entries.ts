import type { StoredEntry } from "@agent-sessions/core/backend";
import type { FileStore } from "./file-store.js";
import { readMatching } from "./log-entries.js";
import type { LogSource } from "./log-source.js";
import { readTail, readWhole } from "./log-state.js";
import { LogTranscript } from "./log-transcript.js";
import type { RawTextFilter } from "./raw-text-filter.js";
import type { NamespaceFolder } from "./session-place.js";

/** Files up to so many bytes are looked through as a whole before anything of them is parsed. */
const SMALL_FILE_BYTES = 256 * 1024;
/** Reused for every small file: it is looked through at once, and nothing of it is kept. */
let buffer: Buffer | null = null;

/** Those entries of a session's file that may match, ascending; nothing when the file is gone. What cannot match is not parsed. */
export async function* matchingEntries(
  store: FileStore,
  folder: NamespaceFolder,
  fileName: string,
  filter: RawTextFilter,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  const source = store.openSource(folder, fileName, "read");
  if (source === null) return;
  try {
    if (isSmall(source) && !filter.mayMatch(smallFile(source))) return;
    await source.codec.load?.();
    const state = readTail(source) ?? (await readWhole(source));
    const transcript = new LogTranscript(source, state);
    const last = state.head.messageCount;
    // Where entries were cut off, only reading the log in its order tells which of them are live.
    if (state.scan === null && state.footer.cuts === 0) {
      const rest = yield* readMatching(source, state, filter);
      if (rest !== null) yield* transcript.read({ first: rest, last, order: "asc" });
    } else {
      yield* transcript.read({ first: 1, last, order: "asc" });
    }
  } finally {
    source.file.close();
  }
}

function isSmall({ file }: LogSource): boolean {
  return file.openedSize <= SMALL_FILE_BYTES;
}

function smallFile({ file }: LogSource): Buffer {
  buffer ??= Buffer.allocUnsafeSlow(SMALL_FILE_BYTES);
  return file.readInto(buffer.subarray(0, file.openedSize), 0);
}
