import { digest, snapshotOf } from "../digest.js";
import { openMemorySessionStore } from "../memory-session-store.js";
import { migrate } from "../migrate.js";
import type { SessionStore } from "../session-store.js";
import { SESSION_STORE_ERROR_CODES, SessionStoreError } from "../session-store-error.js";
import { holds, rejects, rejectsWith, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { hostileMessages } from "./hostile-values.js";
import { idsIn, observeAll } from "./observe-session.js";
import { numbered, textsOf, user } from "./sample-messages.js";

export const acrossClauses: readonly Clause[] = clauseGroup("across backends", [
  {
    id: "migrate.faithful",
    title:
      "to memory and back every digest is equal, in all namespaces; run again it changes nothing; the source is untouched",
    async run({ open }) {
      const store = await open();
      await fill(store);
      const before = await digests(store);
      await using middle = await openMemorySessionStore();
      const there = await migrate(store, middle);
      same(
        [there.copied, there.verified, there.conflicts, there.failed],
        [5, 5, [], []],
        "the report of the way there",
      );
      same(await digests(middle), before, "the digests in memory");
      same(await digests(store), before, "the digests of the source afterwards");
      const again = await migrate(store, middle);
      same([again.copied, again.unchanged], [0, 5], "the report of a second run");
      for (const namespace of await collect(store.namespaces())) {
        const view = store.inNamespace(namespace);
        for (const id of await idsIn(view)) await view.delete(id);
      }
      same(await collect(store.namespaces()), [], "the namespaces after everything was deleted");
      const back = await migrate(middle, store);
      same([back.copied, back.verified, back.failed], [5, 5, []], "the report of the way back");
      same(await digests(store), before, "the digests after the way back");
      same(await digests(await open()), before, "the digests that a new handle gives");
    },
  },
  {
    id: "migrate.conflict",
    title: "a session that the target holds with other content is reported and left as it is",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("mine")] });
      await using source = await openMemorySessionStore();
      await source.create({ id: "a", messages: [user("theirs")] });
      await source.create({ id: "b", messages: [user("new")] });
      const before = await observeAll(store);
      const report = await migrate(source, store);
      same(report.conflicts, [{ namespace: "", id: "a" }], "the conflicts in the report");
      same(report.copied, 1, "the sessions that were copied");
      same((await observeAll(store))[0], before[0], "the session in conflict");
      same(await textsOf(store, "b"), ["new"], "the session that was copied beside it");
    },
  },
  {
    id: "migrate.interrupted",
    title: "a migration that was interrupted goes on where it ended",
    async run({ open }) {
      const store = await open();
      await using source = await openMemorySessionStore();
      await fill(source);
      const controller = new AbortController();
      const reason = new Error("the caller's own");
      const interrupted = migrate(source, store, {
        signal: controller.signal,
        onProgress: ({ done }) => {
          if (done === 2) controller.abort(reason);
        },
      });
      await rejectsWith(reason, interrupted, "migrate() after its signal");
      const report = await migrate(source, store);
      same([report.unchanged, report.copied, report.failed], [2, 3, []], "the report of the second run");
      same(await digests(store), await digests(source), "the digests");
    },
  },
  {
    id: "backup.consistent",
    title: "a backup taken while others write opens as a store and holds every session whole",
    requires: ["backupTarget"],
    async run({ open, openAt, hook }) {
      const [store, writer] = [await open(), await open()];
      await fill(store);
      await store.create({ id: "busy", state: { appended: 0 } });
      const { target, place } = await hook("backupTarget")();
      let copying = true;
      const write = async (): Promise<void> => {
        for (let n = 1; copying && n < 500; n++)
          await writer.append("busy", numbered(2 * n - 1, 2 * n), { usage: { batches: 1 } });
      };
      const before = await digests(store);
      const writing = write();
      await store.backup(target);
      copying = false;
      await writing;
      const copy = await openAt(place);
      same(
        (await digests(copy)).filter(([name]) => !name.includes("busy")),
        before.filter(([name]) => !name.includes("busy")),
        "the digests of the sessions at rest",
      );
      const { messages, usage, revision } = await copy.load("busy");
      same(messages, numbered(1, messages.length), "the messages of the session that was written to");
      same(messages.length, 2 * (revision - 1), "their number at its revision");
      same(usage["batches"] ?? 0, revision - 1, "its usage at its revision");
      same(await collect(copy.verify()), [], "the findings in the copy");
      await copy.append("busy", user("the copy lives on its own"));
      await copy.delete("rich");
      same(await store.exists("rich"), true, "the source after a delete in the copy");
    },
  },
  {
    id: "backup.refuses-existing",
    title: "a backup to what is already there, or to no target, is refused and changes nothing",
    requires: ["backupTarget"],
    async run({ open, openAt, hook }) {
      const store = await open();
      await store.create({ id: "a" });
      const { target, place } = await hook("backupTarget")();
      await store.backup(target);
      await store.create({ id: "b" });
      const again = await settle(store.backup(target));
      holds(
        "error" in again && SessionStoreError.is(again.error),
        "a second backup to the same target rejects",
        again,
      );
      same(await idsIn(await openAt(place)), ["a"], "the sessions of the first backup");
      for (const bad of ["", null, 7, {}]) {
        await rejects("INVALID_OPTIONS", store.backup(bad as never), "backup() to what is no target");
      }
    },
  },
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
          holds(isCoded, `the rejection of ${method} is coded`, error);
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
      holds(error instanceof Error && error.stack !== undefined, "an error is an Error", error);
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

/** Five sessions in three namespaces, with all that a session can have. */
async function fill(store: SessionStore): Promise<void> {
  await store.create({ id: "empty" });
  await store.create({
    id: "rich",
    title: "T",
    labels: ["b", "a"],
    metadata: { k: 1, n: null },
    pinned: true,
    archived: true,
    parent: { id: "p", messageCount: 1 },
    usage: { inputTokens: 5, cached: 1 },
    state: { deep: [{ n: 1 }] },
    messages: hostileMessages(),
  });
  await store.append("rich", numbered(1, 3), { usage: { outputTokens: 2 } });
  await store.fork("rich", { id: "fork", messageCount: 4 });
  await store.inNamespace("tenant").create({ id: "rich", messages: [user("another")] });
  await store.inNamespace("../x").save("a/b", { messages: numbered(1, 300) });
}

/** Every session of every namespace by name, with its digest. */
async function digests(store: SessionStore): Promise<[name: string, digest: string][]> {
  const all: [string, string][] = [];
  for (const namespace of await collect(store.namespaces())) {
    const view = store.inNamespace(namespace);
    for (const id of await idsIn(view)) {
      all.push([JSON.stringify([namespace, id]), await digest(await snapshotOf(view, id))]);
    }
  }
  return all;
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
