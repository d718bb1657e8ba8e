import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { lookDuring } from "./look-during.js";
import { createManualClock } from "./manual-clock.js";
import { observe } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { numbered, numberedTexts, textsOf, user } from "./sample-messages.js";

export const appendClauses: readonly Clause[] = clauseGroup("append", [
  {
    id: "append.order",
    title:
      "order is kept over 200 sequential and 100 concurrent appends; none is lost, doubled or interleaved",
    async run({ open }) {
      const [one, two] = [await open(), await open()];
      await one.create({ id: "sequential" });
      for (let n = 1; n <= 200; n++) await one.append("sequential", user(`message ${n}`));
      same(await textsOf(two, "sequential"), numberedTexts(1, 200), "200 sequential appends");
      await one.create({ id: "one handle" });
      await Promise.all(Array.from({ length: 100 }, (_, n) => one.append("one handle", batch(n))));
      same(
        await textsOf(two, "one handle"),
        batchTexts(100),
        "100 concurrent batches from one handle, in call order",
      );
      await one.create({ id: "two handles" });
      const heads = await Promise.all(
        Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? one : two).append("two handles", batch(n))),
      );
      const texts = await textsOf(one, "two handles");
      same(
        texts.toSorted(),
        batchTexts(100).toSorted(),
        "100 concurrent batches from two handles: none lost or doubled",
      );
      for (let at = 0; at < texts.length; at += 3) {
        const first = Number(String(texts[at]).split(".")[0]);
        same(
          texts.slice(at, at + 3),
          batch(first).map(({ content }) => content),
          "a batch lies together",
        );
      }
      const revisions = heads.map(({ revision }) => revision).toSorted((a, b) => a - b);
      same(
        revisions,
        Array.from({ length: 100 }, (_, n) => n + 2),
        "each append has a revision of its own",
      );
      const own = heads.filter((_, n) => n % 2 === 0).map(({ revision }) => revision);
      same(
        own.toSorted((a, b) => a - b),
        own,
        "the appends of one handle land in call order",
      );
    },
  },
  {
    id: "append.positions",
    title: "entries count from 1 without holes, and the last one's seq is messageCount",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 2) });
      const single = await store.append("a", user("message 3"));
      same([single.messageCount, single.revision], [3, 2], "count and revision after one message");
      const many = await store.append("a", numbered(4, 6));
      same([many.messageCount, many.revision], [6, 3], "count and revision after a batch: one commit");
      const entries = await collect(store.messages("a"));
      same(
        entries.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6],
        "the positions",
      );
      same(
        entries.map(({ message }) => message.content),
        numberedTexts(1, 6),
        "the messages at them",
      );
      same(many, await store.head("a"), "what append() returns is the head");
    },
  },
  {
    id: "append.batch-atomic",
    title: "all messages of a batch arrive or none",
    async run({ open }) {
      const [store, reader] = [await open(), await open()];
      await store.create({ id: "a", messages: [user("x")] });
      const before = await observe(store, "a");
      const bad = store.append("a", [user("one"), user("two"), { bad: Number.NaN }], {
        usage: { inputTokens: 1 },
      });
      await rejects("INVALID_VALUE", bad, "append() of a batch with a bad last message");
      same(await observe(store, "a"), before, "the session after a refused batch");
      const write = async (): Promise<void> => {
        for (let round = 0; round < 20; round++) await store.append("a", numbered(1, 10));
      };
      await lookDuring(write(), async () => {
        const { messages, messageCount, revision } = await reader.load("a");
        same(messages.length, 1 + 10 * (revision - 1), `messages at revision ${revision}`);
        same(messageCount, messages.length, "the count beside them");
      });
    },
  },
  {
    id: "append.empty",
    title: "an append of nothing is no change; with usage it is one",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      await store.create({ id: "a", messages: [user("x")] });
      const before = await observe(store, "a");
      clock.advance(1000);
      same(await store.append("a", []), before.head, "what append([]) returns");
      same(
        await store.append("a", [], { usage: {} }),
        before.head,
        "what append([]) with empty usage returns",
      );
      same(
        await store.append("a", [], { usage: { inputTokens: 0 } }),
        before.head,
        "what it returns with zero usage",
      );
      same(await observe(store, "a"), before, "the session afterwards");
      const head = await store.append("a", [], { usage: { inputTokens: 2 } });
      same(
        [head.revision, head.messageCount, head.usage.inputTokens],
        [2, 1, 2],
        "after append([]) with usage",
      );
      same(head.updatedAt, clock.iso(), "updatedAt after a change of usage");
    },
  },
  {
    id: "append.missing",
    title:
      "an append to a missing session rejects SESSION_NOT_FOUND, whatever revision it expects, and creates nothing",
    async run({ open }) {
      const store = await open();
      await rejects("SESSION_NOT_FOUND", store.append("a", user("x")), "append()");
      await rejects("SESSION_NOT_FOUND", store.append("a", []), "append() of nothing");
      const options = { expectedRevision: 3 };
      await rejects(
        "SESSION_NOT_FOUND",
        store.append("a", user("x"), options),
        "append() that expects a revision",
      );
      same(await store.exists("a"), false, "exists() afterwards");
      same((await store.list()).sessions, [], "list() afterwards");
    },
  },
  {
    id: "append.create-if-missing",
    title: "createIfMissing creates once and loses nothing, however many ask at the same time",
    async run({ open }) {
      const [one, two] = [await open(), await open()];
      const heads = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          (n % 2 === 0 ? one : two).append("a", user(`${n}`), {
            createIfMissing: true,
            usage: { inputTokens: 1 },
          }),
        ),
      );
      same(
        heads.map(({ revision }) => revision).toSorted(),
        [1, 2, 3, 4, 5, 6, 7, 8],
        "the revisions of the 8 appends",
      );
      same((await textsOf(one, "a")).toSorted(), ["0", "1", "2", "3", "4", "5", "6", "7"], "the messages");
      same((await one.head("a")).usage, { inputTokens: 8, outputTokens: 0 }, "the usage of all of them");
      const options = { createIfMissing: true, expectedRevision: 4 };
      const error = await rejects(
        "SESSION_CONFLICT",
        one.append("b", user("x"), options),
        "a revision of a missing session",
      );
      same(revisionsIn(error), { expectedRevision: 4, actualRevision: 0 }, "the revisions in the error");
      same(await one.exists("b"), false, "exists() after the conflict");
      const created = await one.append("b", user("x"), { createIfMissing: true, expectedRevision: 0 });
      same([created.revision, created.preview], [1, "x"], "a session that append() created");
      same(
        (await one.append("c", [], { createIfMissing: true })).messageCount,
        0,
        "an empty append that creates",
      );
      same(await one.exists("c"), true, "exists() after an empty append that creates");
    },
  },
]);

/** Three messages that tell their batch and their place in it. */
function batch(n: number): { role: string; content: string }[] {
  return [0, 1, 2].map((part) => ({ role: "user", content: `${n}.${part}` }));
}

function batchTexts(count: number): string[] {
  return Array.from({ length: count }, (_, n) => batch(n).map(({ content }) => content)).flat();
}
