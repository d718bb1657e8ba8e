import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SessionStoreError } from "../session-store-error.js";
import { holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { digests, fill } from "./filled-store.js";
import { idsIn, observe } from "./observe-session.js";
import { numbered, numberedTexts, textsOf, user } from "./sample-messages.js";

export const backupClauses: readonly Clause[] = clauseGroup("backup", [
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
    id: "backup.made-or-refused",
    title: "a backup that resolves was made; a store that cannot make one rejects, whatever the target",
    async run({ open, openAt, hook, hasHook, defer }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      if (hasHook("backupTarget")) {
        const { target, place } = await hook("backupTarget")();
        await store.backup(target);
        same(await textsOf(await openAt(place), "a"), numberedTexts(1, 3), "the messages in the copy");
        return;
      }
      const target = join(tmpdir(), `contract-backup-${randomUUID()}`);
      defer(() => rm(target, { recursive: true, force: true }));
      const outcome = await settle(store.backup(target));
      holds(
        "error" in outcome && SessionStoreError.is(outcome.error),
        "how backup() ends where the harness declares backupTarget impossible",
        "error" in outcome ? outcome.error : "it resolved",
        "a SessionStoreError; or, where backups can be made, a hook backupTarget by which they are checked",
      );
    },
  },
  {
    id: "backup.complete",
    title:
      "a backup takes along what cannot be read, as unreadable as it is, or rejects and leaves nothing that looks like a store",
    requires: ["corrupt", "backupTarget"],
    async run({ open, openAt, hook }) {
      const store = await open();
      for (const id of ["a", "b", "c"]) await store.create({ id, messages: numbered(1, 20) });
      await hook("corrupt")("a", "head");
      await hook("corrupt")("b", "transcript");
      const healthy = await observe(await open(), "c");
      const { target, place } = await hook("backupTarget")();
      const outcome = await settle((await open()).backup(target));
      const copy = await openAt(place);
      const { sessions, unreadable } = await copy.list({ orderBy: "id" });
      const shown = [...sessions, ...unreadable].map(({ id }) => id).toSorted();
      if ("error" in outcome) {
        holds(
          SessionStoreError.is(outcome.error),
          "how a backup fails",
          outcome.error,
          "a SessionStoreError, whose code says why",
        );
        same(shown, [], "the sessions at the target of a backup that failed");
        return;
      }
      same(shown, ["a", "b", "c"], "the sessions of the copy, readable or not");
      for (const id of ["a", "b"])
        await rejects("SESSION_CORRUPTED", copy.load(id), `load("${id}") of the copy`);
      same(await observe(copy, "c"), healthy, "the healthy session of the copy");
    },
  },
  {
    id: "backup.empty",
    title: "a backup of a store that was never written to is an empty store",
    requires: ["backupTarget"],
    async run({ open, openAt, hook }) {
      const { target, place } = await hook("backupTarget")();
      await (await open()).backup(target);
      const copy = await openAt(place);
      same(await idsIn(copy), [], "the sessions of the copy");
      await copy.create({ id: "a" });
      same(await (await open()).exists("a"), false, "the source after a create() in the copy");
    },
  },
  {
    id: "backup.private",
    title: "a backup is for its owner alone: files are 0600 and folders 0700, whatever the umask",
    requires: ["backupTarget", "modes"],
    async run({ open, hook }) {
      const umask = process.umask(0);
      try {
        const store = await open();
        await store.create({ id: "a", messages: numbered(1, 3) });
        await store.inNamespace("tenant").create({ id: "../x" });
        const { target, place } = await hook("backupTarget")();
        await store.backup(target);
        for (const { name, isFolder, mode } of await hook("modes", place)()) {
          same(mode.toString(8), isFolder ? "700" : "600", `the permissions of ${name} in the copy`);
        }
      } finally {
        process.umask(umask);
      }
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
      await rejects("INVALID_OPTIONS", store.backup(target), "a second backup to the same target");
      same(await idsIn(await openAt(place)), ["a"], "the sessions of the first backup");
      for (const bad of ["", null, 7, {}]) {
        await rejects("INVALID_OPTIONS", store.backup(bad as never), "backup() to what is no target");
      }
    },
  },
]);
