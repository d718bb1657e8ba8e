import type { Entry, SessionSnapshot } from "@agent-sessions/core";

/** Up to so many characters of JSON, a session is held in memory, and leaves its store whole or not at all. */
const MAX_HELD = 4 * 1024 * 1024;

interface HeldEntries {
  readonly entries: SessionSnapshot["entries"];
  /** Whether all of them are in memory. */
  readonly isWhole: boolean;
}

/** Reads a session to its end, or as far as it is held. @throws what reading it throws */
export async function hold(entries: SessionSnapshot["entries"]): Promise<HeldEntries> {
  const held: Entry[] = [];
  const rest = iterated(entries);
  for (let size = 0; size <= MAX_HELD; ) {
    const next = await rest.next();
    if (next.done === true) return { entries: held, isWhole: true };
    held.push(next.value);
    size += JSON.stringify(next.value).length;
  }
  return { entries: heldThenRest(held, rest), isWhole: false };
}

async function* heldThenRest(
  held: readonly Entry[],
  rest: AsyncGenerator<Entry, void, undefined>,
): AsyncGenerator<Entry, void, undefined> {
  yield* held;
  yield* rest;
}

async function* iterated(entries: SessionSnapshot["entries"]): AsyncGenerator<Entry, void, undefined> {
  yield* entries;
}
