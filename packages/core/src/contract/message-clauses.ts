import type { Entry, Message } from "../session.js";
import type { MessageRange, SessionStore } from "../session-store.js";
import { SessionStoreError, type SessionStoreErrorCode } from "../session-store-error.js";
import { holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { createGate } from "./gate.js";
import { numbered, numberedTexts, user } from "./sample-messages.js";

export const messageClauses: readonly Clause[] = clauseGroup("reads", [
  {
    id: "messages.ranges",
    title: "after, before, limit and order, alone and together; bounds beyond the ends are empty or harmless",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 10) });
      const ranges: readonly (readonly [MessageRange | undefined, readonly number[]])[] = [
        [undefined, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [{}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [{ after: 7 }, [8, 9, 10]],
        [{ before: 3 }, [1, 2]],
        [{ after: 3, before: 6 }, [4, 5]],
        [{ after: 3, before: 4 }, []],
        [{ after: 6, before: 3 }, []],
        [{ after: 0 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [{ before: 0 }, []],
        [{ before: 1 }, []],
        [{ after: 10 }, []],
        [{ after: 99 }, []],
        [{ before: 99, after: 8 }, [9, 10]],
        [{ limit: 3 }, [1, 2, 3]],
        [{ limit: 99 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [{ order: "desc" }, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
        [{ order: "desc", limit: 3 }, [10, 9, 8]],
        [{ order: "asc", limit: 2, after: 4 }, [5, 6]],
        [{ order: "desc", limit: 2, before: 6 }, [5, 4]],
        [{ order: "desc", after: 2, before: 6 }, [5, 4, 3]],
      ];
      for (const [range, expected] of ranges) {
        const entries = await samePositions(store, range, expected);
        const texts = entries.map(({ message }) => message.content);
        same(
          texts,
          expected.map((seq) => `message ${seq}`),
          `messages in ${JSON.stringify(range)}`,
        );
      }
      await store.create({ id: "empty" });
      for (const range of [{}, { last: 3 }, { order: "desc" }, { maxBytes: 10 }] as const) {
        same(
          await collect(store.messages("empty", range)),
          [],
          `an empty transcript in ${JSON.stringify(range)}`,
        );
      }
    },
  },
  {
    id: "messages.bad-range",
    title: "a range that makes no sense rejects INVALID_QUERY, limit 0 included",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      const bad = [
        { limit: 0 },
        { limit: -1 },
        { limit: 1.5 },
        { limit: "1" },
        { last: 0 },
        { last: -3 },
        { after: -1 },
        { after: Number.NaN },
        { before: 1.5 },
        { before: null },
        { order: "up" },
        { maxBytes: -1 },
        { maxBytes: "1" },
      ];
      for (const range of bad) {
        const read = async (): Promise<unknown> => collect(store.messages("a", range as never));
        await rejects("INVALID_QUERY", read, `messages() with ${JSON.stringify(range)}`);
      }
    },
  },
  {
    id: "messages.last",
    title: "last yields the newest n in chronological order, within the window of after and before",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 10) });
      const ranges: readonly (readonly [MessageRange, readonly number[]])[] = [
        [{ last: 3 }, [8, 9, 10]],
        [{ last: 99 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [{ last: 2, before: 6 }, [4, 5]],
        [{ last: 5, after: 8 }, [9, 10]],
        [{ last: 3, order: "desc" }, [10, 9, 8]],
        [{ last: 4, limit: 2 }, [7, 8]],
        [{ last: 4, limit: 2, order: "desc" }, [10, 9]],
      ];
      for (const [range, expected] of ranges) await samePositions(store, range, expected);
    },
  },
  {
    id: "messages.max-bytes",
    title: "maxBytes yields the newest whose JSON fits the budget in UTF-8 bytes, and always at least one",
    async run({ open }) {
      const store = await open();
      const messages = ["a".repeat(100), "é".repeat(100), "b".repeat(40), "😀".repeat(10)].map(user);
      await store.create({ id: "a", messages });
      const sizes = messages.map((message) => Buffer.byteLength(JSON.stringify(message)));
      const sum = (from: number): number => sizes.slice(from).reduce((total, size) => total + size, 0);
      const budgets: readonly (readonly [MessageRange, readonly number[]])[] = [
        [{ maxBytes: sum(0) }, [1, 2, 3, 4]],
        [{ maxBytes: sum(0) - 1 }, [2, 3, 4]],
        [{ maxBytes: sum(1) }, [2, 3, 4]],
        [{ maxBytes: sum(1) - 1 }, [3, 4]],
        [{ maxBytes: sum(2) - 1 }, [4]],
        [{ maxBytes: 1 }, [4]],
        [{ maxBytes: 0 }, [4]],
        [{ maxBytes: sum(2), order: "desc" }, [4, 3]],
        [{ maxBytes: 1, before: 3 }, [2]],
        [{ maxBytes: sum(0), last: 2 }, [3, 4]],
        [{ maxBytes: 1, limit: 2 }, [2]],
        [{ maxBytes: 10, after: 4 }, []],
      ];
      for (const [range, expected] of budgets) await samePositions(store, range, expected);
    },
  },
  {
    id: "messages.begins-at-first-next",
    title: "an iteration begins at its first next(), and each one of the same iterable's calls is on its own",
    async run({ open }) {
      const store = await open();
      const early = store.messages("a");
      await store.create({ id: "a", messages: numbered(1, 2) });
      await store.append("a", numbered(3, 4));
      same(
        (await collect(early)).map(({ seq }) => seq),
        [1, 2, 3, 4],
        "an iteration asked for before the session was made",
      );
      const iterator = store.messages("missing")[Symbol.asyncIterator]();
      await rejects("SESSION_NOT_FOUND", iterator.next(), "the first next() on a missing session");
      const [one, two] = await Promise.all([
        collect(store.messages("a")),
        collect(store.messages("a", { order: "desc" })),
      ]);
      same(two.toReversed(), one, "two iterations at once");
    },
  },
  {
    id: "messages.stable",
    title:
      "an iteration yields exactly what it began with, or rejects; never a mixture, never a silent short end",
    async run({ open }) {
      const [store, writer] = [await open(), await open()];
      const count = 600;
      for (const { what, write, codes } of OVERTAKING_WRITES) {
        for (const order of ["asc", "desc"] as const) {
          const id = `${what} ${order}`;
          await store.create({ id, messages: numbered(1, count) });
          const before = order === "asc" ? numberedTexts(1, count) : numberedTexts(1, count).toReversed();
          const began = createGate();
          const written = createGate();
          const texts: unknown[] = [];
          const read = async (): Promise<void> => {
            for await (const { message } of store.messages(id, { order })) {
              texts.push(message.content);
              began.open();
              await written.passed;
            }
          };
          const reading = settle(read());
          await began.passed;
          await write(writer, id);
          written.open();
          const outcome = await reading;
          same(texts, before.slice(0, texts.length), `what an iteration yields after ${what}`);
          if ("value" in outcome)
            same(texts.length, count, `entries that it yields when it ends well after ${what}`);
          else
            holds(
              isOneOf(outcome.error, codes),
              `its rejection after ${what}`,
              outcome.error,
              codes.join(" or ") || "none",
            );
        }
      }
    },
  },
  {
    id: "messages.abandoned",
    title: "an iteration that is left early holds nothing up: writes, deletes and close go on",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 600) });
      for (let round = 0; round < 20; round++) {
        for await (const { seq } of store.messages("a")) if (seq === 3) break;
      }
      const iterator = store.messages("a")[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.return?.();
      same((await iterator.next()).done, true, "next() after return()");
      const forgotten = store.messages("a")[Symbol.asyncIterator]();
      await forgotten.next();
      await store.append("a", user("x"));
      await store.truncate("a", 1);
      same(await store.delete("a"), true, "delete() while an iteration was never ended");
      await store.close();
    },
  },
]);

const OVERTAKING_WRITES: readonly {
  readonly what: string;
  readonly codes: readonly SessionStoreErrorCode[];
  readonly write: (store: SessionStore, id: string) => Promise<unknown>;
}[] = [
  { what: "an append", codes: [], write: (store, id) => store.append(id, numbered(1, 300)) },
  { what: "an update", codes: [], write: (store, id) => store.update(id, { title: "T", state: { n: 1 } }) },
  { what: "a truncation", codes: ["SESSION_CONFLICT"], write: (store, id) => store.truncate(id, 5) },
  {
    what: "a truncation and an append",
    codes: ["SESSION_CONFLICT"],
    write: async (store, id) => {
      await store.truncate(id, 5);
      await store.append(id, others(700));
    },
  },
  {
    what: "a replaced tail",
    codes: ["SESSION_CONFLICT"],
    write: (store, id) => store.append(id, others(650), { replaceFrom: 3 }),
  },
  {
    what: "a save",
    codes: ["SESSION_CONFLICT"],
    write: (store, id) => store.save(id, { messages: others(600) }),
  },
  { what: "a delete", codes: ["SESSION_NOT_FOUND"], write: (store, id) => store.delete(id) },
  {
    what: "a delete and a new session",
    codes: ["SESSION_NOT_FOUND", "SESSION_CONFLICT"],
    write: async (store, id) => {
      await store.delete(id);
      await store.create({ id, messages: others(600) });
    },
  },
];

function others(count: number): Message[] {
  return Array.from({ length: count }, (_, index) => user(`other ${index}`));
}

function isOneOf(error: unknown, codes: readonly SessionStoreErrorCode[]): boolean {
  return SessionStoreError.is(error) && codes.includes(error.code);
}

/** Reads a range of the session `a`, which must hold these positions in this order. */
async function samePositions(
  store: SessionStore,
  range: MessageRange | undefined,
  expected: readonly number[],
): Promise<readonly Entry[]> {
  const entries = await collect(store.messages("a", range));
  same(
    entries.map(({ seq }) => seq),
    expected,
    `positions in ${JSON.stringify(range)}`,
  );
  return entries;
}
