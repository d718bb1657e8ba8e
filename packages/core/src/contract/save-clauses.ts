import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { lookDuring } from "./look-during.js";
import { createManualClock } from "./manual-clock.js";
import { observe } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { numbered, user } from "./sample-messages.js";

export const saveClauses: readonly Clause[] = clauseGroup("save", [
  {
    id: "save.creates-or-replaces",
    title: "save() creates, or replaces the transcript whole; head fields left out keep their value",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const createdAt = clock.iso();
      const created = await store.save("a", {
        messages: numbered(1, 3),
        title: "T",
        labels: ["l"],
        metadata: { k: 1 },
        pinned: true,
        usage: { inputTokens: 5 },
        state: { n: 1 },
      });
      same([created.revision, created.messageCount], [1, 3], "revision and count after save() created it");
      const updatedAt = clock.advance(1000);
      const replaced = await store.save("a", { messages: [user("only")], title: "new" });
      const expected = {
        ...created,
        title: "new",
        preview: "only",
        messageCount: 1,
        revision: 2,
        updatedAt,
        createdAt,
      };
      same(replaced, expected, "what save() returns when it replaces");
      same(await store.load("a"), { ...expected, messages: [user("only")] }, "what is loaded afterwards");
      const entries = await collect(store.messages("a"));
      same(entries, [{ seq: 1, at: updatedAt, message: user("only") }], "the entries afterwards");
      const cleared = await store.save("a", {
        messages: [],
        labels: [],
        metadata: {},
        state: {},
        pinned: false,
      });
      same(
        [cleared.labels, cleared.metadata, cleared.state, cleared.pinned],
        [[], {}, {}, false],
        "fields given as empty",
      );
      same(
        [cleared.title, cleared.usage],
        ["new", { inputTokens: 5, outputTokens: 0 }],
        "fields that were left out",
      );
    },
  },
  {
    id: "save.needs-messages",
    title: "save() without a list of messages rejects INVALID_VALUE",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("x")] });
      for (const content of [
        {},
        { title: "T" },
        { messages: undefined },
        { messages: null },
        { messages: "x" },
        null,
        undefined,
        [],
      ]) {
        await rejects("INVALID_VALUE", store.save("a", content as never), "save() without messages");
      }
      same((await store.load("a")).messages, [user("x")], "the messages afterwards");
    },
  },
  {
    id: "save.expected-zero",
    title: "expectedRevision 0 means that the session must not exist",
    async run({ open }) {
      const store = await open();
      same(
        (await store.save("a", { messages: [] }, { expectedRevision: 0 })).revision,
        1,
        "save() of a new session",
      );
      const before = await observe(store, "a");
      const again = store.save("a", { messages: [user("x")] }, { expectedRevision: 0 });
      const error = await rejects("SESSION_CONFLICT", again, "save() of a session that is there");
      same(revisionsIn(error), { expectedRevision: 0, actualRevision: 1 }, "the revisions in the error");
      same(await observe(store, "a"), before, "the session afterwards");
    },
  },
  {
    id: "save.expected-revision",
    title: "an expected revision that does not hold rejects SESSION_CONFLICT with both numbers",
    async run({ open }) {
      const store = await open();
      const missing = store.save("a", { messages: [] }, { expectedRevision: 5 });
      const onMissing = await rejects("SESSION_CONFLICT", missing, "save() of a missing session");
      same(revisionsIn(onMissing), { expectedRevision: 5, actualRevision: 0 }, "the revisions in the error");
      same(await store.exists("a"), false, "exists() afterwards");
      await store.create({ id: "a" });
      await store.save("a", { messages: [user("x")] }, { expectedRevision: 1 });
      const stale = store.save("a", { messages: [user("y")] }, { expectedRevision: 1 });
      const error = await rejects("SESSION_CONFLICT", stale, "save() over a newer revision");
      same(revisionsIn(error), { expectedRevision: 1, actualRevision: 2 }, "the revisions in the error");
      same((await store.load("a")).messages, [user("x")], "the messages afterwards");
    },
  },
  {
    id: "save.always-counts",
    title: "a save of what is there already is still a change: it moves the revision",
    async run({ open }) {
      const store = await open();
      await store.save("a", { messages: [user("x")] });
      same(
        (await store.save("a", { messages: [user("x")] })).revision,
        2,
        "the revision after an equal save()",
      );
    },
  },
  {
    id: "save.keeps-operations",
    title: "operation ids from before a save are still known after it",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await store.append("a", user("once"), { operationId: "op" });
      await store.save("a", { messages: [user("whole")] });
      const before = await observe(store, "a");
      await store.append("a", user("once"), { operationId: "op" });
      same(await observe(store, "a"), before, "the session after a repeated operation");
      const other = store.append("a", user("other"), { operationId: "op" });
      await rejects("OPERATION_MISMATCH", other, "the operation id with other content");
    },
  },
  {
    id: "save.atomic",
    title:
      "a concurrent reader sees all of the old transcript or all of the new, with the head that belongs to it",
    async run({ open }) {
      const [writer, reader] = [await open(), await open()];
      await writer.save("a", { title: "0", messages: versioned(0) });
      const write = async (): Promise<void> => {
        for (let n = 1; n <= 15; n++) await writer.save("a", { title: `${n}`, messages: versioned(n) });
      };
      await lookDuring(write(), async () => {
        const { title, messages, messageCount } = await reader.load("a");
        same(messages, versioned(Number(title)), `the messages of version ${title}`);
        same(messageCount, messages.length, "the count beside them");
      });
    },
  },
]);

/** A transcript whose length and texts tell which version it is. */
function versioned(n: number): { role: string; content: string }[] {
  return Array.from({ length: 5 + ((n * 7) % 40) }, (_, index) => ({
    role: "user",
    content: `v${n} m${index}`,
  }));
}
