import { SESSION_STORE_ERROR_CODES, SessionStoreError } from "../session-store-error.js";
import { holds, rejects, rejectsWith, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { observeAll } from "./observe-session.js";
import { numbered, user } from "./sample-messages.js";

export const errorClauses: readonly Clause[] = clauseGroup("across backends", [
  {
    id: "errors.coded",
    title: "whatever is passed to whatever method, a rejection is a SessionStoreError with a documented code",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3), state: { n: 1 } });
      for (const hostile of HOSTILE_ARGUMENTS) {
        const given = hostile as never;
        const calls: readonly (readonly [string, () => unknown])[] = [
          ["create", () => store.create(given)],
          ["create with id", () => store.create({ id: given })],
          ["create with messages", () => store.create({ messages: given })],
          ["create with state", () => store.create({ state: given })],
          ["save", () => store.save("a", given)],
          ["save with messages", () => store.save("b", { messages: given })],
          ["save options", () => store.save("a", { messages: [] }, given)],
          ["append", () => store.append("a", given)],
          ["append options", () => store.append("a", user("x"), given)],
          ["append usage", () => store.append("a", user("x"), { usage: given })],
          ["append operationId", () => store.append("a", user("x"), { operationId: given })],
          ["update", () => store.update("a", given)],
          ["update options", () => store.update("a", { title: "T" }, given)],
          ["update set", () => store.update("a", { set: given })],
          ["update unset", () => store.update("a", { unset: given })],
          ["update by function", () => store.update("a", () => given)],
          ["truncate", () => store.truncate("a", given)],
          ["truncate options", () => store.truncate("a", 1, given)],
          ["fork", () => store.fork("a", given)],
          ["fork count", () => store.fork("a", { messageCount: given })],
          ["delete", () => store.delete(given)],
          ["restore", () => store.restore(given)],
          ["restore head", () => store.restore({ head: given, entries: [] })],
          ["exists", () => store.exists(given)],
          ["head", () => store.head(given)],
          ["load", () => store.load(given)],
          ["messages", () => collect(store.messages(given))],
          ["messages range", () => collect(store.messages("a", given))],
          ["list", () => store.list(given)],
          ["list labels", () => store.list({ labels: given })],
          ["list cursor", () => store.list({ cursor: given })],
          ["search", () => collect(store.search(given))],
          ["search query", () => collect(store.search("x", given))],
          ["withLock id", () => store.withLock(given, async () => undefined)],
          ["withLock body", () => store.withLock("a", given)],
          ["withLock options", () => store.withLock("a", async () => undefined, given)],
          ["repair", () => store.repair(given)],
          ["inNamespace", () => store.inNamespace(given)],
        ];
        for (const [method, call] of calls) {
          const outcome = await settle(call);
          if ("value" in outcome) continue;
          const { error } = outcome;
          const isCoded = SessionStoreError.is(error) && SESSION_STORE_ERROR_CODES.includes(error.code);
          holds(isCoded, `the rejection of ${method}`, error, "a SessionStoreError with a documented code");
          JSON.stringify(error);
        }
      }
      await store.load("a");
      same(await collect(store.verify()), [], "the findings afterwards");
    },
  },
  {
    id: "errors.describe",
    title: "an error has code, message, location and session, and can be turned into JSON",
    async run({ open }) {
      const store = await open();
      const error = await rejects("SESSION_NOT_FOUND", store.load("missing"), "load()");
      same(error.location, store.location, "the location in the error");
      const json = JSON.parse(JSON.stringify(error)) as Record<string, unknown>;
      same(
        [json["code"], json["message"], json["sessionId"]],
        [error.code, error.message, "missing"],
        "the error as JSON",
      );
      holds(
        error instanceof Error && error.stack !== undefined,
        "the class of the error",
        error,
        "an Error with a stack",
      );
    },
  },
  {
    id: "errors.callers-own",
    title:
      "what the caller's own code throws passes through unchanged, even when it looks like a system error",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 2) });
      const before = await observeAll(store);
      const head = { ...(await store.head("a")), id: "b" };
      for (const reason of [
        new TypeError("own"),
        Object.assign(new Error("own"), { code: "ENOSPC" }),
        { plain: true },
      ]) {
        const update = store.update("a", () => {
          throw reason;
        });
        await rejectsWith(reason, update, "an update function");
        const body = store.withLock("a", async () => {
          throw reason;
        });
        await rejectsWith(reason, body, "a lock body");
        const entries = { [Symbol.iterator]: () => ({ next: () => rethrow(reason) }) };
        await rejectsWith(reason, store.restore({ head, entries }), "an iterable of entries");
        const aborted = store.withLock("a", async () => undefined, { signal: AbortSignal.abort(reason) });
        await rejectsWith(reason, aborted, "a signal's reason");
      }
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
]);

function rethrow(reason: unknown): never {
  throw reason;
}

const TRAP: object = new Proxy(
  {},
  {
    get: (_target, key) => {
      if (key === Symbol.toPrimitive || key === "toString") return () => "trap";
      return undefined;
    },
    ownKeys: () => ["id", "messages", "title"],
    getOwnPropertyDescriptor: () => ({ value: 1n, enumerable: true, configurable: true, writable: true }),
  },
);

/** What no type checker lets through, and a JavaScript caller passes all the same. */
const HOSTILE_ARGUMENTS: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  Number.NaN,
  2 ** 53,
  "",
  "\ud800",
  "a\u0000",
  "x".repeat(100_000),
  true,
  1n,
  Symbol("s"),
  [],
  [null],
  [[]],
  [undefined],
  {},
  { unknown: 1 },
  { id: 1 },
  { messages: 1 },
  { head: 1, entries: 1 },
  Object.create(null),
  JSON.parse('{"__proto__": 1}'),
  { constructor: 1 },
  new Date(0),
  new Map([[1, 2]]),
  new Set([1]),
  new Uint8Array(3),
  /x/,
  new (class Custom {})(),
  TRAP,
];
