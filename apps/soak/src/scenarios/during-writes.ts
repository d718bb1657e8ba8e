import { join } from "node:path";
import { openStore } from "../open-store.js";
import type { Ground } from "../scenario.js";
import { createSteady } from "../steady-session.js";
import { addTo } from "../tally.js";

/** The sessions that a round is about, and how long its writers write. */
export interface WritesUnderWay {
  readonly place: string;
  readonly steady: readonly string[];
  readonly changing: readonly string[];
}

const CHANGING = ["changing-0", "changing-1", "changing-2"];

/** Lets two processes write to a new store of its own while `body` looks at it. */
export async function duringWrites(
  ground: Ground,
  round: number,
  body: (writes: WritesUnderWay) => Promise<void>,
): Promise<void> {
  const { backend, folder, random, start, tally } = ground;
  const place = join(folder, `store-${round}`);
  const opener = backend.opener(place);
  const steady = Array.from({ length: 8 }, (_, index) => `steady-${index}`);
  const store = await openStore(opener);
  for (const id of steady) await createSteady(store, id);
  await store.close();
  const halves = [steady.slice(0, 4), steady.slice(4)];
  const writers = await Promise.all(
    halves.map((own, index) => {
      const seed = `${random.between(0, 2 ** 31)}`;
      return start("churn", opener, { writer: `w${index}`, seed, steady: own, changing: CHANGING });
    }),
  );
  for (const writer of writers) writer.go();
  await body({ place, steady, changing: CHANGING });
  for (const writer of writers) writer.stop();
  for (const { result } of writers) addTo(tally, (await result) ?? {});
}

/** How long the writers of a round write, in milliseconds. */
export function roundMs({ size }: Ground): number {
  return size === "short" ? 700 : 15_000;
}
