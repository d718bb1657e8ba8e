import { digest, snapshotOf } from "../digest.js";
import { openMemorySessionStore } from "../memory-session-store.js";
import { migrate } from "../migrate.js";
import type { SessionStore } from "../session-store.js";
import { SessionStoreError } from "../session-store-error.js";
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
]);

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
