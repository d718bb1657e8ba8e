import type { JsonObject } from "../json-value.js";
import type { Message } from "../session.js";
import type { SessionStore } from "../session-store.js";
import { holds, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { HOSTILE_TEXTS, hostileMessages, nested } from "./hostile-values.js";
import { user } from "./sample-messages.js";

export const valueClauses: readonly Clause[] = clauseGroup("values", [
  {
    id: "value.fidelity",
    title: "everything JSON comes back deep-equal from every read, whichever write brought it",
    async run({ open }) {
      const store = await open();
      const messages = hostileMessages();
      // The deepest message would be too deep inside of a state.
      const state: JsonObject = {
        messages: messages.slice(0, -1) as readonly JsonObject[],
        deep: nested(499),
      };
      await store.create({ id: "created", messages, state });
      await store.save("saved", { messages, state });
      await store.create({ id: "appended" });
      for (const message of messages) await store.append("appended", message);
      await store.update("appended", { state });
      await store.create({ id: "set" });
      await store.append("set", messages);
      await store.update("set", {
        set: [
          [["messages"], state["messages"] ?? null],
          [["deep"], nested(499)],
        ],
      });
      await store.fork("created", { id: "forked" });
      for (const id of ["created", "saved", "appended", "set", "forked"])
        await checkReads(store, id, messages, state);
      await store.close();
      const again = await open();
      for (const id of ["created", "appended", "forked"]) await checkReads(again, id, messages, state);
    },
  },
  {
    id: "value.large",
    title: "one text of 10 MB comes back whole, and what is appended behind it too",
    async run({ open }) {
      const store = await open();
      const text = "0123456789 é😀\n".repeat(650_000);
      await store.create({ id: "large" });
      await store.append("large", { role: "user", content: text });
      await store.append("large", user("behind"));
      const { messages } = await (await open()).load("large");
      holds(
        messages[0]?.content === text,
        "a text of 10 MB that comes back",
        `one of ${String(messages[0]?.content).length} characters`,
        `the same ${text.length} characters`,
      );
      same(messages[1], user("behind"), "the message behind a text of 10 MB");
      const last = await collect(store.messages("large", { last: 1 }));
      same(
        last.map(({ seq, message }) => [seq, message]),
        [[2, user("behind")]],
        "the last entry behind it",
      );
    },
  },
  {
    id: "value.texts-in-head",
    title: "titles, labels, metadata, counters and operation ids keep every text that they allow",
    async run({ open }) {
      const store = await open();
      const lines = HOSTILE_TEXTS.filter((text) => isLine(text) && text.length < 200);
      const labels = lines.filter((text) => text !== "");
      const metadata = {
        ...Object.fromEntries(HOSTILE_TEXTS.filter((text) => text.length < 200).map((text) => [text, text])),
      };
      for (const [index, title] of lines.entries()) {
        const id = `s${index}`;
        const counter = title === "" ? "c" : title.slice(0, 20);
        await store.create({
          id,
          title,
          labels: labels.slice(index, index + 3),
          metadata: { [title]: title },
          preview: title,
        });
        await store.append(id, user("x"), { usage: { [counter]: 1 }, operationId: `op ${title}` });
        const head = await store.head(id);
        same(
          [head.title, head.preview],
          [title, title === "" ? "x" : title],
          "a title and a preview that was given",
        );
        same(new Set(head.labels), new Set(labels.slice(index, index + 3)), "labels");
        same(head.metadata, { [title]: title }, "metadata");
        same(
          Object.hasOwn(head.usage, counter) && head.usage[counter],
          1,
          `the counter ${JSON.stringify(counter)}`,
        );
        same((await store.list({ ids: [id] })).sessions[0]?.title, title, "the title in a list");
      }
      await store.create({ id: "all", metadata: withOwnProto(metadata) });
      same(
        (await store.head("all")).metadata,
        withOwnProto(metadata),
        "metadata with every text as key and value",
      );
    },
  },
  {
    id: "value.normalised",
    title: "undefined properties count as missing, -0 is 0, null-prototype objects are plain ones",
    async run({ open }) {
      const store = await open();
      const bare: Record<string, unknown> = Object.assign(Object.create(null), {
        a: 1,
        inner: Object.create(null),
      });
      const message = {
        role: "user",
        gone: undefined,
        zero: -0,
        list: [-0, { gone: undefined }],
        bare,
      } as never;
      const expected = { role: "user", zero: 0, list: [0, {}], bare: { a: 1, inner: {} } };
      await store.create({
        id: "a",
        title: undefined,
        labels: undefined,
        metadata: { zero: -0 },
        state: { gone: undefined, zero: -0, bare: bare as never },
        messages: [message],
      });
      await store.append("a", message);
      const session = await store.load("a");
      same(session.messages, [expected, expected], "the messages");
      same(session.state, { zero: 0, bare: { a: 1, inner: {} } }, "the state");
      same(session.metadata, { zero: 0 }, "the metadata");
      same(session.title, "", "a title that was given as undefined");
      const updated = await store.update("a", { state: { kept: 1, gone: undefined }, title: undefined });
      same(updated.state, { kept: 1 }, "the state after update()");
    },
  },
  {
    id: "value.key-order",
    title: "the order of object keys is kept as JavaScript defines it",
    async run({ open }) {
      const store = await open();
      const value = { z: 1, a: { y: 1, b: 2, "10": 3, "9": 4 }, m: [{ q: 1, c: 2 }], "2": "two", "1": "one" };
      const text = JSON.stringify(value);
      await store.create({ id: "a", messages: [value], state: value, metadata: { z: 1, a: 2, "1": 3 } });
      await store.append("a", value);
      const session = await (await open()).load("a");
      for (const message of session.messages) same(JSON.stringify(message), text, "the keys of a message");
      same(JSON.stringify(session.state), text, "the keys of the state");
      same(Object.keys(session.metadata), ["1", "z", "a"], "the keys of the metadata");
      const [entry] = await collect(store.messages("a", { last: 1 }));
      same(JSON.stringify(entry?.message), text, "the keys of an entry's message");
    },
  },
  {
    id: "value.unknown-fields",
    title: "fields that a newer minor version wrote survive every rewrite by this one",
    requires: ["plantUnknownField"],
    async run({ open, hook }) {
      const writer = await open();
      await writer.create({ id: "a", messages: [user("one")], state: { n: 0 } });
      await writer.close();
      const survives = await hook("plantUnknownField")("a");
      const store = await open();
      const writes: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["append", () => store.append("a", [user("two"), user("three")])],
        ["update", () => store.update("a", { title: "T", state: { n: 1 } })],
        ["truncate", () => store.truncate("a", 1)],
        ["append with replaceFrom", () => store.append("a", user("other"), { replaceFrom: 1 })],
        ["save", () => store.save("a", { messages: [user("whole")] })],
      ];
      for (const [method, write] of writes) {
        await write();
        same(await survives(), true, `the unknown field is still there after ${method}()`);
      }
      same(
        Object.keys(await store.head("a")).toSorted(),
        HEAD_KEYS,
        "the fields of a head: only the documented ones",
      );
    },
  },
]);

const HEAD_KEYS = [
  "archived",
  "createdAt",
  "id",
  "labels",
  "messageCount",
  "metadata",
  "namespace",
  "parent",
  "pinned",
  "preview",
  "revision",
  "state",
  "title",
  "updatedAt",
  "usage",
];

async function checkReads(
  store: SessionStore,
  id: string,
  messages: readonly Message[],
  state: unknown,
): Promise<void> {
  const session = await store.load(id);
  same(session.messages, messages, `load("${id}").messages`);
  same(session.state, state, `load("${id}").state`);
  same((await store.head(id)).state, state, `head("${id}").state`);
  const entries = await collect(store.messages(id));
  same(
    entries.map((entry) => entry.message),
    messages,
    `messages("${id}")`,
  );
  const backwards = await collect(store.messages(id, { order: "desc" }));
  same(
    backwards.map((entry) => entry.message),
    messages.toReversed(),
    `messages("${id}") backwards`,
  );
}

function isLine(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Adds an own property that assignment would take for the prototype. */
function withOwnProto(metadata: Record<string, string>): Record<string, string> {
  return JSON.parse(
    `{"__proto__": "p", ${JSON.stringify({ ...metadata, constructor: "c" }).slice(1)}`,
  ) as Record<string, string>;
}
