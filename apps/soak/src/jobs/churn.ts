import type { Job } from "../job.js";
import { randomFrom } from "../random.js";
import { messageOf } from "../texts.js";

/** The word that the first message of every steady session begins with, and no other message holds. */
export const LANDMARK = "landmark";
/** How many messages a changing session has, all of one generation. */
export const GENERATION_SIZE = 20;

export interface ChurnParameters {
  readonly writer: string;
  readonly seed: string;
  /** Only this writer appends to them, by batches of two: `n.0` and `n.1`. They exist already. */
  readonly steady: readonly string[];
  /** Written whole, replaced, deleted, made again. */
  readonly changing: readonly string[];
}

/** Keeps readers busy until it is stopped. Returns how many writes were acknowledged. */
export const churn: Job<ChurnParameters, { acknowledged: number }> = async (
  { store, isStopped },
  parameters,
) => {
  const random = randomFrom(parameters.seed);
  const batches = new Map<string, number>();
  let acknowledged = 0;
  for (let generation = 1; !isStopped(); generation++, acknowledged++) {
    if (random.happens(60)) {
      const session = random.pick(parameters.steady as [string, ...string[]]);
      const batch = (batches.get(session) ?? 0) + 1;
      batches.set(session, batch);
      await store.append(
        session,
        [0, 1].map((half) => messageOf({ tag: `${batch}.${half}`, fill: random.between(0, 4) })),
      );
      continue;
    }
    const session = random.pick(parameters.changing as [string, ...string[]]);
    if (random.happens(20)) await store.delete(session);
    else {
      const tag = `${parameters.writer}.${generation}`;
      const messages = Array.from({ length: GENERATION_SIZE }, () => messageOf({ tag, fill: 1 }));
      await store.save(session, { messages, title: tag });
    }
  }
  return { acknowledged };
};
