import { codeOf, holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { observeAll } from "./observe-session.js";
import { user } from "./sample-messages.js";

export const headFieldClauses: readonly Clause[] = clauseGroup("values", [
  {
    id: "value.head-limits",
    title:
      "head fields beyond their bounds reject INVALID_VALUE on create, save and update, and change nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", title: "T", messages: [user("x")] });
      const before = await observeAll(store);
      for (const [what, fields] of BAD_FIELDS) {
        const given = fields as never;
        await rejects(
          "INVALID_VALUE",
          store.create({ id: "b", ...(given as object) }),
          `create() with ${what}`,
        );
        const save = store.save("a", { messages: [user("y")], ...(given as object) });
        await rejects("INVALID_VALUE", save, `save() with ${what}`);
        if (Object.keys(fields).some((key) => !CHANGEABLE.has(key))) continue;
        await rejects("INVALID_VALUE", store.update("a", given), `update() with ${what}`);
        await rejects(
          "INVALID_VALUE",
          store.update("a", () => given),
          `update() by function with ${what}`,
        );
      }
      const parent = { id: 7, messageCount: 1 } as never;
      await rejects(
        ["INVALID_VALUE", "INVALID_SESSION_ID"],
        store.create({ parent }),
        "create() with a parent without an id",
      );
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
  {
    id: "value.head-bounds",
    title: "head fields at their bounds are kept: 16 KiB of metadata, 64 counters with names of 64 bytes",
    async run({ open }) {
      const store = await open();
      const room = 16 * 1024 - JSON.stringify({ k: "" }).length;
      const metadata = { k: "m".repeat(room) };
      const usage = Object.fromEntries(
        Array.from({ length: 62 }, (_, n) => [`${"u".repeat(62)}${n + 10}`, n]),
      );
      const head = await store.create({ id: "a", metadata, usage, preview: "😀".repeat(200) });
      same(head.metadata, metadata, "16 KiB of metadata");
      same(head.usage, { inputTokens: 0, outputTokens: 0, ...usage }, "64 counters");
      same(head.preview, "😀".repeat(200), "a preview of 200 characters");
      const tooMany = store.append("a", user("x"), { usage: { another: 1 } });
      await rejects("INVALID_VALUE", tooMany, "append() with a 65th counter");
      const added = await store.append("a", user("x"), { usage: { [`${"u".repeat(62)}10`]: 5 } });
      same(added.usage[`${"u".repeat(62)}10`], 5, "a counter of 64 bytes after adding to it");
    },
  },
  {
    id: "value.labels-are-a-set",
    title:
      "labels may be given in any order and more than once, and come back sorted by code point, each once",
    async run({ open }) {
      const store = await open();
      const labels = ["b", "a", "b", "\u{10000}", "\uffee", "B", "a"];
      const expected = ["B", "a", "b", "\uffee", "\u{10000}"];
      same((await store.create({ id: "a", labels })).labels, expected, "labels after create()");
      same(
        (await store.update("a", { labels: ["z", "y", "z"] })).labels,
        ["y", "z"],
        "labels after update()",
      );
      same((await store.list()).sessions[0]?.labels, ["y", "z"], "labels in a list");
      const unchanged = await store.update("a", { labels: ["z", "z", "y"] });
      same(unchanged.revision, 2, "the revision after the same set in another order");
    },
  },
  {
    id: "value.preview",
    title: "the preview is the first user text, its white space collapsed, cut at 200 characters",
    async run({ open }) {
      const store = await open();
      const preview = async (id: string): Promise<unknown> => (await store.head(id)).preview;
      await store.create({ id: "a", messages: [{ role: "assistant", content: "Hello" }] });
      same(await preview("a"), "", "the preview without any user text");
      await store.append("a", { role: "user", content: " \n first\t\r\n  user   text " });
      same(await preview("a"), "first user text", "the preview after the first user text");
      await store.append("a", user("second"));
      same(await preview("a"), "first user text", "the preview after another user text");
      await store.append("a", user("other"), { replaceFrom: 2 });
      same(await preview("a"), "other", "the preview after its message was replaced");
      await store.truncate("a", 1);
      same(await preview("a"), "", "the preview after its message was dropped");
      await store.save("a", { messages: [{ role: "user", content: [{ type: "text", text: "part" }] }] });
      same(await preview("a"), "part", "the preview of a message in parts");
      await store.create({ id: "long", messages: [user("😀".repeat(300))] });
      same(await preview("long"), "😀".repeat(200), "the preview of 300 astral characters");
      await store.create({ id: "given", preview: "as given", messages: [user("x")] });
      same(await preview("given"), "as given", "a preview that the caller gave");
      await store.save("given", { messages: [user("y")] });
      same(await preview("given"), "as given", "a preview that the caller gave, after save() left it out");
    },
  },
  {
    id: "value.unknown-keys",
    title:
      "a key that is not known is refused: INVALID_VALUE in content, INVALID_QUERY in queries, INVALID_OPTIONS in options",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("x")] });
      const before = await observeAll(store);
      const odd = { tittle: "T" } as never;
      await rejects("INVALID_VALUE", store.create(odd), "create()");
      await rejects("INVALID_VALUE", store.create({ revision: 5 } as never), "create() with a revision");
      await rejects("INVALID_VALUE", store.save("a", { messages: [], tittle: "T" } as never), "save()");
      await rejects("INVALID_VALUE", store.update("a", odd), "update()");
      await rejects(
        "INVALID_VALUE",
        store.update("a", () => odd),
        "update() by function",
      );
      await rejects("INVALID_VALUE", store.update("a", { messages: [] } as never), "update() with messages");
      await rejects("INVALID_OPTIONS", store.save("a", { messages: [] }, odd), "save() options");
      await rejects("INVALID_OPTIONS", store.append("a", user("x"), odd), "append() options");
      await rejects("INVALID_OPTIONS", store.update("a", { title: "T" }, odd), "update() options");
      await rejects("INVALID_OPTIONS", store.truncate("a", 0, odd), "truncate() options");
      await rejects("INVALID_OPTIONS", store.fork("a", odd), "fork() options");
      await rejects(
        "INVALID_OPTIONS",
        store.withLock("a", async () => undefined, odd),
        "withLock() options",
      );
      await rejects("INVALID_QUERY", store.list(odd), "list()");
      await rejects("INVALID_QUERY", async () => collect(store.search("x", odd)), "search()");
      await rejects(
        "INVALID_QUERY",
        async () => collect(store.search("x", { orderBy: "id" } as never)),
        "search() in an order",
      );
      await rejects("INVALID_QUERY", async () => collect(store.messages("a", odd)), "messages()");
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
  {
    id: "value.bad-options",
    title: "option values that do not fit are refused with an INVALID_ code and change nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("x")] });
      const before = await observeAll(store);
      const calls: (() => Promise<unknown>)[] = [];
      for (const bad of [-1, 1.5, Number.NaN, "one", null, {}]) {
        const expectedRevision = bad as never;
        calls.push(
          () => store.append("a", user("y"), { expectedRevision }),
          () => store.save("a", { messages: [] }, { expectedRevision }),
          () => store.update("a", { title: "y" }, { expectedRevision }),
          () => store.truncate("a", 0, { expectedRevision }),
          () => store.delete("a", { expectedRevision }),
          () => store.append("a", user("y"), { replaceFrom: bad as never }),
          () => store.truncate("a", bad as never),
          () => store.fork("a", { messageCount: bad as never }),
          () => store.withLock("a", async () => undefined, { timeoutMs: bad as never }),
        );
      }
      for (const operationId of ["", 1, null, "a\u0000", "\ud800"]) {
        calls.push(() => store.append("a", user("y"), { operationId: operationId as never }));
      }
      calls.push(() => store.append("a", user("y"), { createIfMissing: "yes" as never }));
      calls.push(() => store.append("a", user("y"), { replaceFrom: 0 }));
      for (const call of calls) {
        const code = codeOf(await settle(call));
        holds(
          code.startsWith("INVALID_"),
          `how ${String(call)} ends`,
          code,
          "a rejection with an INVALID_ code",
        );
      }
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
]);

const CHANGEABLE: ReadonlySet<string> = new Set(["title", "labels", "metadata", "pinned", "archived"]);

const BAD_FIELDS: readonly (readonly [what: string, fields: Record<string, unknown>])[] = [
  ["a title with a line break", { title: "a\nb" }],
  ["a title with NUL", { title: "a\u0000b" }],
  ["a title with a C1 control", { title: "a\u0085b" }],
  ["a title with a lone surrogate", { title: "a\ud800" }],
  ["a title that is no text", { title: 1 }],
  ["a title of null", { title: null }],
  ["an empty label", { labels: ["a", ""] }],
  ["a label with a control character", { labels: ["a\tb"] }],
  ["a label that is no text", { labels: [1] }],
  ["labels that are no array", { labels: "a" }],
  ["a hole in the labels", { labels: new Array(1) }],
  ["nested metadata", { metadata: { a: { b: 1 } } }],
  ["an array in metadata", { metadata: { a: [] } }],
  ["NaN in metadata", { metadata: { a: Number.NaN } }],
  ["a Date in metadata", { metadata: { a: new Date(0) } }],
  ["a lone surrogate in metadata", { metadata: { a: "\ud800" } }],
  ["metadata that are no object", { metadata: ["a"] }],
  ["more than 16 KiB of metadata", { metadata: { a: "m".repeat(16 * 1024) } }],
  ["pinned that is no boolean", { pinned: 1 }],
  ["archived that is no boolean", { archived: "true" }],
  ["a preview over 200 characters", { preview: "a".repeat(201) }],
  ["a preview with a line break", { preview: "a\nb" }],
  ["a negative counter", { usage: { inputTokens: -1 } }],
  ["a fractional counter", { usage: { inputTokens: 0.5 } }],
  ["a counter beyond 2^53", { usage: { inputTokens: 2 ** 53 } }],
  ["a counter that is no number", { usage: { inputTokens: "1" } }],
  ["a counter's name over 64 bytes", { usage: { ["é".repeat(33)]: 1 } }],
  [
    "more than 64 counters",
    { usage: Object.fromEntries(Array.from({ length: 63 }, (_, n) => [`c${n}`, 1])) },
  ],
  ["a date without time", { createdAt: "2026-01-01" }],
  ["a time without milliseconds", { createdAt: "2026-01-01T00:00:00Z" }],
  ["a time with an offset", { updatedAt: "2026-01-01T00:00:00.000+01:00" }],
  ["a day that does not exist", { updatedAt: "2026-02-30T00:00:00.000Z" }],
  ["a time as a number", { updatedAt: 0 }],
  ["a parent that is an id only", { parent: "p" }],
  ["a parent with a negative count", { parent: { id: "p", messageCount: -1 } }],
];
