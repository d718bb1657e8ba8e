import { openMemorySessionStore } from "../memory-session-store.js";
import { migrate } from "../migrate.js";
import { rejectsWith, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { digests, fill } from "./filled-store.js";
import { idsIn, observeAll } from "./observe-session.js";
import { textsOf, user } from "./sample-messages.js";

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
]);
