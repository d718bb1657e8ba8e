import type { Entry, SessionSnapshot } from "@agent-sessions/core";
import { TemporaryEntries } from "./temporary-entries.js";

/** Up to so many characters of JSON are held in memory; what is more goes through a temporary file. */
const MAX_IN_MEMORY = 4 * 1024 * 1024;

/** A session's entries, read to the end before the first of them leaves: it leaves whole or not at all. */
export interface HeldEntries extends AsyncDisposable {
  readonly entries: SessionSnapshot["entries"];
  /** Whether they were read to the end; not where there is no room for a temporary file: then the rest is read as they leave. */
  readonly isWhole: boolean;
}

/** Reads a session to its end, however large it is. @throws what reading it throws */
export async function hold(entries: SessionSnapshot["entries"]): Promise<HeldEntries> {
  const rest = iterated(entries);
  const stored = new TemporaryEntries();
  const dispose = async (): Promise<void> => await stored.close();
  try {
    for (let [held, size, hasRoom]: [Entry[], number, boolean] = [[], 0, true]; ; ) {
      const next = hasRoom ? await rest.next() : null;
      if (next === null || next.done === true) {
        const isWhole = next !== null;
        return {
          entries: isWhole && stored.isEmpty ? held : joined(stored, held, rest),
          isWhole,
          [Symbol.asyncDispose]: dispose,
        };
      }
      held.push(next.value);
      size += JSON.stringify(next.value).length;
      if (size <= MAX_IN_MEMORY) continue;
      hasRoom = await stored.add(held);
      if (hasRoom) [held, size] = [[], 0];
    }
  } catch (error) {
    await dispose();
    throw error;
  }
}

function joined(...parts: readonly (AsyncIterable<Entry> | Iterable<Entry>)[]): AsyncIterable<Entry> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const part of parts) yield* part;
    },
  };
}

async function* iterated(entries: SessionSnapshot["entries"]): AsyncGenerator<Entry, void, undefined> {
  yield* entries;
}
