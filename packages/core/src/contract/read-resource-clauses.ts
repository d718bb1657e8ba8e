import { readdir } from "node:fs/promises";
import type { MessageRange, SessionStore } from "../session-store.js";
import { holds, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { collectGarbage } from "./collect-garbage.js";
import { numbered, user } from "./sample-messages.js";

/** What reading costs beside time: memory, and open files. */
export const readResourceClauses: readonly Clause[] = clauseGroup("reads", [
  {
    id: "messages.batches",
    title: "an iteration reads batch by batch, from either end: it never has the whole session in memory",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "large" });
      for (let n = 0; n < MESSAGES; n += MESSAGES_PER_APPEND) {
        const batch = Array.from({ length: MESSAGES_PER_APPEND }, () => user("x".repeat(MESSAGE_BYTES)));
        await store.append("large", batch);
      }
      for (const order of ["asc", "desc"] as const) {
        collectGarbage();
        const before = bytesInMemory();
        const iterator = store.messages("large", { order })[Symbol.asyncIterator]();
        for (let n = 1; n <= MESSAGES_READ; n++)
          same((await iterator.next()).done, false, `whether it ends before message ${n}`);
        // Garbage that lies about would count as held: where it cannot be collected, there is nothing to be said.
        if (!collectGarbage()) return;
        const held = bytesInMemory() - before;
        holds(
          held < MOST_BYTES,
          `the memory that an iteration in ${order} order takes after ${MESSAGES_READ} messages`,
          `${mebibytes(held)} MiB`,
          `less than ${mebibytes(MOST_BYTES)} of the session's ${mebibytes(MESSAGES * MESSAGE_BYTES)} MiB`,
        );
        await iterator.return?.();
      }
    },
  },
  {
    id: "messages.lets-go-of-files",
    title:
      "an iteration keeps no file open once its last entry was handed out, though nobody asks for the next, and none after it was left",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "short", title: "word", messages: numbered(1, 20) });
      await store.create({ id: "long", messages: numbered(1, 300) });
      for (const [what, read] of READERS) {
        await read(store);
        const before = await openFiles();
        for (let n = 0; n < READS; n++) await read(store);
        const after = await openFiles();
        // Some that an engine opens once may come meanwhile.
        holds(
          after - before < READS / 2,
          `open files after ${READS} times ${what}`,
          after,
          `about ${before}`,
        );
      }
    },
  },
]);

const MESSAGES = 64;
const MESSAGES_PER_APPEND = 8;
const MESSAGE_BYTES = 256 * 1024;
/** Half a session: a batch, what it was decoded from, and much besides. */
const MOST_BYTES = (MESSAGES * MESSAGE_BYTES) / 2;
/** Enough to be in the midst of it. */
const MESSAGES_READ = 10;
/** How often each way of reading is tried. */
const READS = 24;

const READERS: readonly (readonly [what: string, read: (store: SessionStore) => Promise<unknown>])[] = [
  ["the newest message, and no question for more", (store) => take(store, { last: 1 }, 1)],
  ["the first 3, and no question for more", (store) => take(store, { limit: 3 }, 3)],
  ["what fits into 20 bytes, and no question for more", (store) => take(store, { maxBytes: 20 }, 1)],
  ["one search hit of one, and no question for more", (store) => next(store.search("word", { limit: 1 }))],
  ["an iteration that was left early", leaveEarly],
  ["an iteration to the end", (store) => collect(store.messages("short"))],
];

/** Asks for as many entries as there are in the range, and leaves the iterator as it is. */
async function take(store: SessionStore, range: MessageRange, count: number): Promise<void> {
  const iterator = store.messages("short", range)[Symbol.asyncIterator]();
  for (let n = 0; n < count; n++) await iterator.next();
}

async function next(items: AsyncIterable<unknown>): Promise<void> {
  await items[Symbol.asyncIterator]().next();
}

async function leaveEarly(store: SessionStore): Promise<void> {
  for await (const { seq } of store.messages("long")) if (seq === 3) break;
}

function bytesInMemory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

/** How many files this process has open, by the folder in which Linux and macOS show them; 0 where there is none. */
async function openFiles(): Promise<number> {
  return (await readdir("/dev/fd").catch(() => [])).length;
}
