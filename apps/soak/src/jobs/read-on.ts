import { type SessionPage, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import type { Job } from "../job.js";
import { type Random, randomFrom } from "../random.js";
import { steadyFault } from "../steady-session.js";
import { tagOf } from "../texts.js";
import { GENERATION_SIZE, LANDMARK } from "./churn.js";

export interface ReadOnParameters {
  readonly seed: string;
  readonly steady: readonly string[];
  readonly changing: readonly string[];
}

interface Reader {
  readonly store: SessionStore;
  readonly random: Random;
  readonly steady: readonly [string, ...string[]];
  readonly changing: readonly [string, ...string[]];
  /** How many messages a steady session had when it was last seen: never fewer afterwards. */
  readonly seen: Map<string, number>;
  readonly wrong: string[];
}

/** Reads in every way until it is stopped, and tells every answer that no moment of the store can have given. */
export const readOn: Job<ReadOnParameters, { reads: number; wrong: string[] }> = async (
  { store, isStopped },
  { seed, steady, changing },
) => {
  const reader: Reader = {
    store,
    random: randomFrom(seed),
    steady: steady as [string, ...string[]],
    changing: changing as [string, ...string[]],
    seen: new Map(),
    wrong: [],
  };
  let reads = 0;
  for (; !isStopped() && reader.wrong.length < 20; reads++) {
    const [name, read] = reader.random.pick(READS);
    try {
      await read(reader);
    } catch (error) {
      const code = SessionStoreError.is(error) ? error.code : "no code";
      reader.wrong.push(`${name}: ${code}: ${(error as Error).stack ?? String(error)}`);
    }
  }
  return { reads, wrong: reader.wrong };
};

const READS: readonly [
  readonly [string, (reader: Reader) => Promise<void>],
  ...(readonly [string, (reader: Reader) => Promise<void>])[],
] = [
  ["list", listAll],
  ["list", listNewest],
  ["search", searchLandmarks],
  ["load", loadSteady],
  ["load", loadSteady],
  ["messages", lastOfSteady],
  ["load", loadChanging],
  ["messages", walkChanging],
  ["verify", verifyAll],
];

async function listAll({ store, random, steady, changing, wrong }: Reader): Promise<void> {
  const times = new Map<string, number>();
  const limit = random.between(2, 9);
  let cursor: string | null = null;
  do {
    const page: SessionPage = await store.list({
      orderBy: "id",
      limit,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { id, code } of page.unreadable) wrong.push(`list: ${id} is said to be unreadable: ${code}`);
    for (const { id } of page.sessions) times.set(id, (times.get(id) ?? 0) + 1);
    cursor = page.nextCursor;
  } while (cursor !== null);
  for (const id of steady) {
    if (times.get(id) !== 1) wrong.push(`list: ${id} is listed ${times.get(id) ?? 0} times`);
  }
  for (const id of times.keys()) {
    if (!steady.includes(id) && !changing.includes(id)) wrong.push(`list: ${id} is no session`);
  }
}

async function listNewest({ store, wrong }: Reader): Promise<void> {
  const { sessions } = await store.list({ limit: 5 });
  const times = sessions.map(({ updatedAt }) => updatedAt);
  if (times.join() !== times.toSorted().reverse().join())
    wrong.push(`list: not newest first: ${times.join()}`);
}

async function searchLandmarks({ store, steady, wrong }: Reader): Promise<void> {
  const ids: string[] = [];
  for await (const { id, seq } of store.search(LANDMARK)) {
    if (seq !== 1) wrong.push(`search: ${id} has a landmark at ${seq}`);
    ids.push(id);
  }
  if (ids.toSorted().join() !== steady.toSorted().join())
    wrong.push(`search: found ${ids.toSorted().join()}`);
}

async function loadSteady(reader: Reader): Promise<void> {
  const { store, random, steady, seen, wrong } = reader;
  const id = random.pick(steady);
  const { messages, messageCount } = await store.load(id);
  const fault = steadyFault(messages);
  if (fault !== null) wrong.push(`load: ${id}: ${fault}`);
  if (messageCount !== messages.length)
    wrong.push(`load: ${id}: counts ${messageCount} of ${messages.length}`);
  if (messageCount < (seen.get(id) ?? 0)) wrong.push(`load: ${id}: has lost messages that were seen`);
  seen.set(id, messageCount);
}

async function lastOfSteady({ store, random, steady, wrong }: Reader): Promise<void> {
  const id = random.pick(steady);
  const seqs: number[] = [];
  for await (const { seq } of store.messages(id, { last: 7 })) seqs.push(seq);
  const first = seqs[0] ?? 0;
  if (seqs.some((seq, index) => seq !== first + index)) wrong.push(`messages: ${id}: yields ${seqs.join()}`);
}

/** Deleted and replaced sessions may say so, and nothing else. */
async function unlessItIsGone(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!SessionStoreError.is(error, "SESSION_NOT_FOUND") && !SessionStoreError.is(error, "SESSION_CONFLICT"))
      throw error;
  }
}

async function loadChanging({ store, random, changing, wrong }: Reader): Promise<void> {
  const id = random.pick(changing);
  await unlessItIsGone(async () => {
    const { messages, title } = await store.load(id);
    const isWhole =
      messages.length === GENERATION_SIZE && messages.every((message) => tagOf(message) === title);
    if (!isWhole) wrong.push(`load: ${id} is a mixture: ${messages.length} messages`);
  });
}

async function walkChanging({ store, random, changing, wrong }: Reader): Promise<void> {
  const id = random.pick(changing);
  await unlessItIsGone(async () => {
    const tags: (string | null)[] = [];
    for await (const { message } of store.messages(id)) tags.push(tagOf(message));
    if (tags.length !== GENERATION_SIZE || new Set(tags).size !== 1) {
      wrong.push(`messages: ${id} is a mixture: ${tags.join()}`);
    }
  });
}

async function verifyAll({ store, wrong }: Reader): Promise<void> {
  for await (const { fault, message } of store.verify()) wrong.push(`verify: ${fault}: ${message}`);
}
