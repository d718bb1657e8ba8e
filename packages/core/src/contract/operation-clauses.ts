import type { Message } from "../session.js";
import type { StandardSchemaV1 } from "../standard-schema.js";
import { codeOf, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { observe } from "./observe-session.js";
import { numbered, textsOf, user } from "./sample-messages.js";

export const operationClauses: readonly Clause[] = clauseGroup("append", [
  {
    id: "append.operation-id",
    title:
      "the same operation id and content again changes nothing; with other content it rejects OPERATION_MISMATCH",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const options = { operationId: "op", usage: { inputTokens: 3 } };
      await store.append("a", numbered(1, 2), options);
      await store.append("a", user("later"));
      const before = await observe(store, "a");
      const again = await store.append("a", numbered(1, 2), options);
      same(again, before.head, "what the repeated append() returns: the present head");
      same(await observe(store, "a"), before, "the session after the repeated append()");
      const others: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["other messages", () => store.append("a", numbered(1, 3), options)],
        ["one message less", () => store.append("a", numbered(1, 1), options)],
        ["other usage", () => store.append("a", numbered(1, 2), { ...options, usage: { inputTokens: 4 } })],
        ["another place", () => store.append("a", numbered(1, 2), { ...options, replaceFrom: 1 })],
      ];
      for (const [what, call] of others) {
        const error = await rejects("OPERATION_MISMATCH", call, `the operation id with ${what}`);
        same((error as { operationId?: unknown }).operationId, "op", "the operation id in the error");
      }
      same(await observe(store, "a"), before, "the session after mismatches");
      const reordered = await store.append(
        "a",
        numbered(1, 2).map(({ role, content }) => ({ content, role })) as never,
        options,
      );
      same(reordered.revision, 3, "content whose keys come in another order is the same content");
    },
  },
  {
    id: "append.operation-id-before-revision",
    title: "an operation that was applied is recognised before its expected revision is looked at",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const options = { operationId: "op", expectedRevision: 1 };
      await store.append("a", user("x"), options);
      const retried = await store.append("a", user("x"), options);
      same(
        [retried.revision, retried.messageCount],
        [2, 1],
        "the head after a retry with the same expectation",
      );
    },
  },
  {
    id: "append.operation-id-remembered",
    title: "the last 100 operations of a session are known, to other handles and after reopening too",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await store.create({ id: "b" });
      for (let n = 1; n <= 100; n++) {
        await store.append("a", user(`${n}`), { operationId: `op ${n}` });
        if (n % 10 === 0) await store.append("b", user(`${n}`), { operationId: `other ${n}` });
      }
      await store.close();
      const again = await open();
      for (const n of [1, 2, 50, 99, 100]) {
        await again.append("a", user(`${n}`), { operationId: `op ${n}` });
        const mismatch = again.append("a", user("other"), { operationId: `op ${n}` });
        await rejects("OPERATION_MISMATCH", mismatch, `operation ${n} of 100 with other content`);
      }
      same((await again.head("a")).messageCount, 100, "messages after repeating operations");
      const elsewhere = await again.append("b", user("x"), { operationId: "op 1" });
      same(elsewhere.messageCount, 11, "an operation id of one session means nothing in another");
    },
  },
  {
    id: "append.operation-id-input",
    title:
      "an operation is recognised by what was passed in, whatever a schema makes of it; by what the schema made where that was no JSON",
    async run({ open }) {
      const [store, other] = [await open({ schema: { message: STAMPED } }), await open()];
      await store.create({ id: "a" });
      const options = { operationId: "op" };
      await store.append("a", user("x"), options);
      const before = await observe(store, "a");
      await store.append("a", user("x"), options);
      same(await observe(store, "a"), before, "the session after a retry that the schema stamps anew");
      await other.append("a", user("x"), options);
      same(await observe(store, "a"), before, "the session after a retry on a handle without the schema");
      await rejects("OPERATION_MISMATCH", store.append("a", user("y"), options), "other content");
      const dated = (day: number): Message => ({ at: new Date(Date.UTC(2026, 0, day)) }) as never;
      await store.append("a", dated(1), { operationId: "dated" });
      await store.append("a", dated(1), { operationId: "dated" });
      const mismatch = store.append("a", dated(2), { operationId: "dated" });
      await rejects("OPERATION_MISMATCH", mismatch, "another input that is no JSON");
      same((await store.head("a")).messageCount, 2, "messages afterwards");
    },
  },
  {
    id: "append.operation-id-concurrent",
    title: "of 8 concurrent appends with one operation id exactly one lands, and all resolve",
    async run({ open }) {
      const [one, two] = [await open(), await open()];
      const options = { operationId: "op", createIfMissing: true, usage: { inputTokens: 1 } };
      const calls = Array.from({ length: 8 }, (_, n) =>
        settle((n % 2 === 0 ? one : two).append("a", user("once"), options)),
      );
      same((await Promise.all(calls)).map(codeOf), Array<string>(8).fill("resolved"), "how the 8 calls end");
      same(await textsOf(one, "a"), ["once"], "the messages");
      same((await one.head("a")).usage.inputTokens, 1, "the usage");
    },
  },
  {
    id: "append.operation-id-failed",
    title: "an operation that failed is not remembered: its retry is applied",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const stale = store.append("a", user("x"), { operationId: "op", expectedRevision: 9 });
      await rejects("SESSION_CONFLICT", stale, "append() that expects a wrong revision");
      await rejects(
        "SESSION_NOT_FOUND",
        store.append("b", user("x"), { operationId: "op" }),
        "append() to a missing session",
      );
      const retried = await store.append("a", user("y"), { operationId: "op" });
      same(retried.messageCount, 1, "messages after the retry");
      await store.create({ id: "b" });
      same(
        (await store.append("b", user("z"), { operationId: "op" })).messageCount,
        1,
        "messages in the other session",
      );
    },
  },
]);

/** Numbers whatever it sees, so that the same message never comes out twice; makes a text of a date, whose message it leaves alone. */
const STAMPED: StandardSchemaV1<Message, Message> = {
  "~standard": {
    version: 1,
    vendor: "contract",
    validate: (value) => {
      const message = value as Message;
      const at: unknown = message["at"];
      return { value: at instanceof Date ? { at: at.toISOString() } : { ...message, stamp: ++stamps } };
    },
  },
};
let stamps = 0;
