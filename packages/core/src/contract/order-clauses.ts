import type { SessionStore } from "../session-store.js";
import { holds, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { eventLoopTurn } from "./event-loop-turn.js";
import { snapshotWithId } from "./every-method.js";
import { numbered, textsOf, user } from "./sample-messages.js";

export const orderClauses: readonly Clause[] = clauseGroup("calls", [
  {
    id: "calls.in-order",
    title:
      "writes that are called on one handle without awaiting them are carried out in the order of the calls",
    async run({ open }) {
      const store = await open();
      // Far from equally much work, so that what does not wait its turn overtakes.
      const many = numbered(1, 600);
      const deletes: Promise<boolean>[] = [];
      await Promise.all([
        store.create({ id: "a", messages: many }),
        store.append("a", user("one")),
        store.update("a", (head) => ({ state: { seen: head.messageCount } })),
        store.append("a", user("two"), { replaceFrom: 601 }),
        store.inNamespace("").append("a", user("by a view")),
        store.truncate("a", 601),
        store.save("b", { messages: many }),
        store.save("b", { messages: [user("saved")] }),
        store.append("b", user("behind it")),
        store.create({ id: "c" }),
        ...[store.delete("c"), store.delete("c")].map((deleting) => deletes.push(deleting)),
        store.save("c", { title: "again", messages: [] }),
      ]);
      same((await textsOf(store, "a")).slice(599), ["message 600", "two"], "the end of the first session");
      same((await store.head("a")).state, { seen: 601 }, "what an update function saw");
      same(await textsOf(store, "b"), ["saved", "behind it"], "the second session");
      same(await Promise.all(deletes), [true, false], "what the two deletes say");
      same((await store.head("c")).title, "again", "the session that was saved after its delete");
    },
  },
  {
    id: "calls.copies-in-order",
    title:
      "fork() and restore() take their place among the writes: a fork holds what was called before it, and nothing called after it",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const { head } = snapshotWithId("c");
      async function* slow(): AsyncGenerator<{ seq: number; at: string; message: object }> {
        for (let seq = 1; seq <= 3; seq++) {
          await eventLoopTurn();
          yield { seq, at: head.createdAt, message: user(`restored ${seq}`) };
        }
      }
      await Promise.all([
        store.append("a", numbered(1, 600)),
        store.append("a", user("before")),
        store.fork("a", { id: "b" }),
        store.append("a", user("after")),
        store.append("b", user("the fork's own")),
        store.restore({ head: { ...head, messageCount: 3 }, entries: slow() as never }),
        store.append("c", user("behind")),
        store.fork("c", { id: "d" }),
        store.truncate("c", 1),
      ]);
      same((await textsOf(store, "a")).slice(600), ["before", "after"], "the end of the source");
      same((await textsOf(store, "b")).slice(600), ["before", "the fork's own"], "the end of the fork");
      same(await textsOf(store, "c"), ["restored 1"], "the session that was restored, then cut");
      same(
        await textsOf(store, "d"),
        ["restored 1", "restored 2", "restored 3", "behind"],
        "the fork of what was restored, called before the cut",
      );
    },
  },
  {
    id: "calls.let-timers-run",
    title: "a loop that awaits one call after the other does not keep timers and I/O waiting",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", title: "word", messages: numbered(1, 2) });
      for (const [method, call] of READS) {
        const calls = await callsUntilTimer(() => call(store));
        holds(
          calls !== null,
          `how soon a timer of ${TIMER_MS} ms runs during calls of ${method}`,
          "it has not run",
          `within ${LIMIT_MS} ms`,
        );
      }
    },
  },
]);

const TIMER_MS = 5;
/** So long a timer is kept waiting before it counts as forgotten, in milliseconds. */
const LIMIT_MS = 1000;

const READS: readonly (readonly [method: string, call: (store: SessionStore) => Promise<unknown>])[] = [
  ["exists()", (store) => store.exists("a")],
  ["head()", (store) => store.head("a")],
  ["load()", (store) => store.load("a")],
  ["list()", (store) => store.list()],
  ["messages()", (store) => collect(store.messages("a"))],
  ["search()", (store) => collect(store.search("word"))],
  ["namespaces()", (store) => collect(store.namespaces())],
  ["update() that changes nothing", (store) => store.update("a", { title: "word" })],
];

/** Calls again and again; how often it was until a timer ran, or null when none did. */
async function callsUntilTimer(call: () => Promise<unknown>): Promise<number | null> {
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
  }, TIMER_MS);
  try {
    const endsAt = performance.now() + LIMIT_MS;
    for (let calls = 1; ; calls++) {
      await call();
      if (isOver) return calls;
      if (performance.now() > endsAt) return null;
    }
  } finally {
    clearTimeout(timer);
  }
}
