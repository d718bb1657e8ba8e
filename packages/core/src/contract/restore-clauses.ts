import type { Entry, SessionHead } from "../session.js";
import type { SessionStore } from "../session-store.js";
import { rejects, rejectsWith, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { createGate } from "./gate.js";
import { createManualClock } from "./manual-clock.js";
import { idsIn, observe } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { numbered, textsOf, user } from "./sample-messages.js";

export const restoreClauses: readonly Clause[] = clauseGroup("restore", [
  {
    id: "restore.exact",
    title: "id, every time, usage, parent, labels and revision come back as given, from any kind of iterable",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const { head, entries } = richSnapshot();
      const fromArray = await store.restore({ head, entries });
      same(fromArray, head, "what restore() returns");
      const before = await observe(store, "rich");
      same(before.head, head, "the head");
      same(before.entries, entries, "the entries, with their times");
      const view = store.inNamespace("copy");
      await view.restore({ head: await store.head("rich"), entries: store.messages("rich") });
      const copy = await observe(view, "rich");
      same(copy.head, { ...head, namespace: "copy" }, "the head in another namespace");
      same(copy.entries, entries, "the entries in another namespace");
      const next = await store.append("rich", user("next"));
      same(
        [next.revision, next.messageCount, next.updatedAt],
        [42, 4, clock.iso()],
        "an append() goes on from there",
      );
      await store.close();
      same(
        (await observe((await open()).inNamespace("copy"), "rich")).head,
        copy.head,
        "what a new handle reads",
      );
    },
  },
  {
    id: "restore.accepts-loaded",
    title: "what load() returned can be restored as a head",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", title: "T", messages: numbered(1, 2) });
      const before = await observe(store, "a");
      const snapshot = { head: await store.load("a"), entries: await collect(store.messages("a")) };
      await store.delete("a");
      await store.restore(snapshot);
      same(await observe(store, "a"), before, "the session after it was restored");
    },
  },
  {
    id: "restore.replaces",
    title: "it replaces a session of that id whole, unless expectedRevision forbids it",
    async run({ open }) {
      const store = await open();
      const { head, entries } = richSnapshot();
      await store.create({ id: "rich", title: "old", messages: numbered(1, 9), usage: { x: 1 } });
      await store.append("rich", user("old"), { operationId: "op" });
      const before = await observe(store, "rich");
      for (const expectedRevision of [0, 1, 41]) {
        const refused = store.restore({ head, entries }, { expectedRevision });
        const error = await rejects(
          "SESSION_CONFLICT",
          refused,
          `restore() that expects ${expectedRevision}`,
        );
        same(revisionsIn(error), { expectedRevision, actualRevision: 2 }, "the revisions in the error");
      }
      same(await observe(store, "rich"), before, "the session after refused restores");
      await store.restore({ head, entries }, { expectedRevision: 2 });
      same((await observe(store, "rich")).head, head, "the head afterwards");
      same(await collect(store.messages("rich")), entries, "the entries afterwards");
      await store.restore({ head, entries });
      same(await store.head("rich"), head, "the head after restoring again without expectation");
      const missing = store.restore({ head: { ...head, id: "new" }, entries }, { expectedRevision: 3 });
      await rejects("SESSION_CONFLICT", missing, "restore() of a missing session that expects a revision");
      same(await store.exists("new"), false, "exists() of what was not restored");
    },
  },
  {
    id: "restore.expects-the-present",
    title:
      "expectedRevision is held against the session as it is when the last entry has come, not as it was before the first",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      const { head, entries } = richSnapshot();
      for (const { what, expectedRevision, actualRevision, write } of writesMeanwhile(other)) {
        const id = `after ${what}`;
        if (expectedRevision > 0) await store.create({ id, messages: [user("mine")] });
        const restoring = store.restore(
          { head: { ...head, id }, entries: duringWhich(() => write(id), entries) },
          { expectedRevision },
        );
        const error = await rejects("SESSION_CONFLICT", restoring, `restore() after ${what} meanwhile`);
        same(revisionsIn(error), { expectedRevision, actualRevision }, "the revisions in the error");
        const texts = (await other.exists(id)) ? await textsOf(other, id) : null;
        const left = actualRevision === 0 ? null : expectedRevision === 0 ? ["theirs"] : ["mine", "theirs"];
        same(texts, left, `the messages after ${what} meanwhile`);
      }
      await store.create({ id: "rich", messages: [user("mine")] });
      await store.restore({
        head,
        entries: duringWhich(() => other.append("rich", numbered(1, 9)), entries),
      });
      same((await observe(other, "rich")).head, head, "the head after a restore() that expects nothing");
      same(await collect(other.messages("rich")), entries, "its entries");
    },
  },
  {
    id: "restore.forgets-operations",
    title:
      "it forgets the operations of the session that it replaces: their retries are applied, in any handle",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      const before = await store.create({ id: "a", messages: [user("first")] });
      await store.append("a", user("lost"), { operationId: "same" });
      await other.append("a", user("lost too"), { operationId: "other" });
      await store.restore({
        head: before,
        entries: [{ seq: 1, at: before.updatedAt, message: user("first") }],
      });
      await other.append("a", user("lost"), { operationId: "same" });
      await store.append("a", user("something else"), { operationId: "other" });
      same(await textsOf(store, "a"), ["first", "lost", "something else"], "the messages after the retries");
      const again = await other.append("a", user("lost"), { operationId: "same" });
      same(again.messageCount, 3, "messages after repeating what was applied since");
    },
  },
  {
    id: "restore.invisible",
    title: "nobody sees a half-restored session: it is not there, or the old one is",
    async run({ open, defer }) {
      const [store, reader] = [await open(), await open()];
      const { head, entries } = richSnapshot();
      for (const isReplacing of [false, true]) {
        const before = await observe(reader, "rich");
        same(before.exists, isReplacing, "exists() before");
        const reached = createGate();
        const proceed = createGate();
        defer(async () => proceed.open());
        async function* slow(): AsyncGenerator<Entry> {
          yield* entries.slice(0, 2);
          reached.open();
          await proceed.passed;
          yield* entries.slice(2);
        }
        const restoring = store.restore({
          head: { ...head, title: isReplacing ? "second" : "first" },
          entries: slow(),
        });
        await Promise.race([reached.passed, restoring]);
        same(await observe(reader, "rich"), before, "what another handle sees half-way");
        same(await idsIn(reader), isReplacing ? ["rich"] : [], "what another handle lists half-way");
        const hits = await collect(reader.search("restored"));
        same(hits.length, isReplacing ? 1 : 0, "what another handle finds half-way");
        proceed.open();
        await restoring;
        same((await reader.head("rich")).title, isReplacing ? "second" : "first", "the title afterwards");
        same(await collect(reader.messages("rich")), entries, "the entries afterwards");
      }
    },
  },
  {
    id: "restore.failed",
    title:
      "a restore that fails leaves what was there; what the iterable throws passes through, and it is closed",
    async run({ open }) {
      const store = await open();
      const { head, entries } = richSnapshot();
      for (const isReplacing of [false, true]) {
        const before = await observe(store, "rich");
        const reason = new Error("the caller's own");
        async function* failing(): AsyncGenerator<Entry> {
          yield* entries.slice(0, 2);
          throw reason;
        }
        await rejectsWith(reason, store.restore({ head, entries: failing() }), "what the iterable throws");
        for (const [what, bad] of badSnapshots(entries)) {
          let closed = 0;
          async function* watched(): AsyncGenerator<Entry> {
            try {
              yield* bad;
            } finally {
              closed += 1;
            }
          }
          await rejects(
            "INVALID_VALUE",
            store.restore({ head, entries: watched() }),
            `restore() with ${what}`,
          );
          same(closed, 1, `closings of the iterable after ${what}`);
        }
        same(await observe(store, "rich"), before, "the session afterwards");
        if (!isReplacing) await store.create({ id: "rich", title: "mine", messages: [user("kept")] });
      }
      same(await textsOf(store, "rich"), ["kept"], "the messages of the session that was there");
    },
  },
  {
    id: "restore.bad-head",
    title: "a head that is not complete and valid rejects INVALID_VALUE and writes nothing",
    async run({ open }) {
      const store = await open();
      const { head, entries } = richSnapshot();
      const bad: Record<string, unknown>[] = [
        { title: undefined },
        { createdAt: undefined },
        { state: undefined },
        { usage: undefined },
        { labels: [""] },
        { revision: 0 },
        { revision: 1.5 },
        { messageCount: -1 },
        { updatedAt: "yesterday" },
        { unknown: 1 },
      ];
      for (const change of bad) {
        const call = store.restore({ head: { ...head, ...change } as never, entries });
        await rejects("INVALID_VALUE", call, `restore() with a head of ${JSON.stringify(change)}`);
      }
      for (const snapshot of [null, {}, { head }, { head, entries: 7 }, { head: null, entries }]) {
        await rejects("INVALID_VALUE", store.restore(snapshot as never), "restore() of what is no snapshot");
      }
      same(await idsIn(store), [], "the sessions afterwards");
    },
  },
  {
    id: "restore.many-entries",
    title: "a restore from a generator of 5,000 entries keeps all of them in order",
    async run({ open }) {
      const store = await open();
      const head = { ...richSnapshot().head, messageCount: 5000 };
      function* generated(): Generator<Entry> {
        for (let seq = 1; seq <= 5000; seq++) yield { seq, at: AT, message: user(`message ${seq}`) };
      }
      await store.restore({ head, entries: generated() });
      await checkPositions(store, 5000);
    },
  },
]);

const AT = "2020-01-01T00:00:00.000Z";

function richSnapshot(): { head: SessionHead; entries: Entry[] } {
  const entries: Entry[] = [
    { seq: 1, at: AT, message: user("a restored word") },
    {
      seq: 2,
      at: "2020-01-02T00:00:00.000Z",
      message: { role: "assistant", content: [{ type: "text", text: "two" }] },
    },
    { seq: 3, at: "2020-01-02T00:00:00.000Z", message: { odd: { nested: [1, null] } } },
  ];
  const head: SessionHead = {
    id: "rich",
    namespace: "",
    title: "Restored",
    preview: "a given preview",
    labels: ["a", "b"],
    metadata: { k: 1, n: null },
    pinned: true,
    archived: true,
    parent: { id: "elsewhere", messageCount: 2 },
    usage: { inputTokens: 5, outputTokens: 6, cached: 7 },
    messageCount: 3,
    revision: 41,
    createdAt: "2019-12-31T00:00:00.000Z",
    updatedAt: "2021-01-01T00:00:00.000Z",
    state: { workflow: { step: 3 } },
  };
  return { head, entries };
}

function badSnapshots(
  entries: readonly Entry[],
): readonly (readonly [what: string, entries: readonly Entry[]])[] {
  const [first, second, third] = entries as [Entry, Entry, Entry];
  return [
    ["an entry too few", [first, second]],
    ["an entry too many", [first, second, third, { ...third, seq: 4 }]],
    ["far too many entries", Array.from({ length: 5000 }, (_, index) => ({ ...third, seq: index + 1 }))],
    ["a hole in the positions", [first, third, { ...third, seq: 4 }]],
    ["positions in the wrong order", [second, first, third]],
    ["a bad time", [first, { ...second, at: "yesterday" }, third]],
    ["a message that is no object", [first, { ...second, message: "text" as never }, third]],
    ["a value that JSON cannot carry", [first, second, { ...third, message: { bad: Number.NaN } }]],
  ];
}

/** What somebody else does to a session while the entries of its restore are coming. */
function writesMeanwhile(other: SessionStore): readonly {
  readonly what: string;
  readonly expectedRevision: number;
  readonly actualRevision: number;
  readonly write: (id: string) => Promise<unknown>;
}[] {
  return [
    {
      what: "a create",
      expectedRevision: 0,
      actualRevision: 1,
      write: (id) => other.create({ id, messages: [user("theirs")] }),
    },
    {
      what: "an append",
      expectedRevision: 1,
      actualRevision: 2,
      write: (id) => other.append(id, user("theirs")),
    },
    { what: "a delete", expectedRevision: 1, actualRevision: 0, write: (id) => other.delete(id) },
  ];
}

/** Entries between the first and the last of which something else happens. */
async function* duringWhich(write: () => Promise<unknown>, entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries.slice(0, 2);
  await write();
  yield* entries.slice(2);
}

async function checkPositions(store: SessionStore, count: number): Promise<void> {
  let seq = 0;
  for await (const entry of store.messages("rich")) {
    seq += 1;
    same([entry.seq, entry.message.content], [seq, `message ${seq}`], "an entry in its place");
  }
  same(seq, count, "entries read back");
}
