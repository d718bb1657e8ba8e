import { holds, rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { idsIn, observe, observeAll } from "./observe-session.js";
import { numbered, numberedTexts, textsOf, user } from "./sample-messages.js";
import { checkTorn, chooseCuts, mostTornBytes } from "./torn-tail.js";

export const faultClauses: readonly Clause[] = clauseGroup("crashes and faults", [
  {
    id: "crash.torn-tail",
    title:
      "wherever the last record is cut, or filled with NULs: what was committed loads, verify tells, the next append goes on",
    requires: ["tearTail"],
    async run(context) {
      const cuts = chooseCuts(await mostTornBytes(context), context.rounds);
      for (const how of ["cut", "nul"] as const)
        for (const bytes of cuts) await checkTorn(context, how, bytes);
    },
  },
  {
    id: "fault.disk-full",
    title:
      "writes on a full disk reject STORE_IO with the cause, the old content is intact, and all goes on once there is space",
    requires: ["failWrites"],
    async run({ open, hook, closeAll }) {
      const store = await open();
      await store.create({ id: "a", title: "T", messages: numbered(1, 3) });
      const before = await observe(store, "a");
      const undo = await hook("failWrites")();
      // More than the slack that a block or a page may have left.
      const bulk = user("x".repeat(1_000_000));
      const writes: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["append", () => store.append("a", bulk)],
        ["save", () => store.save("a", { messages: [bulk] })],
        ["update", () => store.update("a", { state: { bulk: bulk.content ?? null } })],
        ["create", () => store.create({ id: "b", messages: [bulk] })],
      ];
      for (const [method, write] of writes) {
        const error = await rejects("STORE_IO", write, `${method}() on a full disk`);
        holds(
          error.cause !== undefined,
          "the cause of the error",
          error.cause,
          "what the file system or the database threw",
        );
        same(await observe(store, "a"), before, `the session after a failed ${method}()`);
        same(await store.exists("b"), false, "exists() of a session that could not be created");
      }
      await undo();
      same((await store.append("a", numbered(4, 5))).revision, 2, "the revision after the next append");
      same(await textsOf(await open(), "a"), numberedTexts(1, 5), "the messages that a new handle loads");
      await store.create({ id: "b" });
      same(await collect(store.verify()), [], "findings afterwards");
      // Handles may share a connection, and that its memory. What lies behind a half-written record is missed by whoever reads anew.
      await closeAll();
      const reopened = await open();
      same(await textsOf(reopened, "a"), numberedTexts(1, 5), "the messages once every handle was closed");
      same(await idsIn(reopened), ["a", "b"], "the sessions once every handle was closed");
      same(await collect(reopened.verify()), [], "findings once every handle was closed");
    },
  },
  {
    id: "fault.read-only",
    title:
      "writes where nothing can be written reject STORE_IO with the cause, and all goes on once that is mended",
    requires: ["makeReadOnly"],
    async run({ open, hook }) {
      const writer = await open();
      await writer.create({ id: "a", messages: numbered(1, 3) });
      const before = await observe(writer, "a");
      await writer.close();
      const undo = await hook("makeReadOnly")();
      const store = await open();
      for (const write of [
        () => store.append("a", user("x")),
        () => store.save("a", { messages: [] }),
        () => store.update("a", { title: "T" }),
        () => store.truncate("a", 1),
        () => store.create({ id: "b" }),
        () => store.fork("a"),
      ]) {
        const error = await rejects("STORE_IO", write, "a write to a read-only place");
        holds(
          error.cause !== undefined,
          "the cause of the error",
          error.cause,
          "what the file system or the database threw",
        );
      }
      await rejects(
        ["STORE_IO", "SESSION_DELETE_FAILED"],
        store.delete("a"),
        "delete() in a read-only place",
      );
      await undo();
      const again = await open();
      same(await observe(again, "a"), before, "the session afterwards");
      same((await again.append("a", user("x"))).revision, 2, "the revision after the next append");
      same(await idsIn(again), ["a"], "the sessions afterwards");
    },
  },
  {
    id: "leftovers.none",
    title: "no call leaves a temporary file behind, finished or failed",
    requires: ["snapshot"],
    async run({ open, hook }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      await store.close();
      const before = Object.keys(await hook("snapshot")()).toSorted();
      const again = await open();
      await again.append("a", numbered(4, 6));
      await again.save("a", { messages: numbered(1, 2) });
      await again.update("a", { state: { n: 1 } });
      await again.truncate("a", 1);
      await again.withLock("a", (session) => session.append(user("x")));
      await again.fork("a", { id: "b" });
      await again.delete("b");
      await rejects("SESSION_ALREADY_EXISTS", again.create({ id: "a" }), "create() of a taken id");
      await rejects("SESSION_ALREADY_EXISTS", again.fork("a", { id: "a" }), "fork() to a taken id");
      const { head } = { head: await again.head("a") };
      await rejects(
        "INVALID_VALUE",
        again.restore({ head: { ...head, id: "c" }, entries: [] }),
        "restore() of too few entries",
      );
      await again.close();
      same(
        Object.keys(await hook("snapshot")()).toSorted(),
        before,
        "the names of all that lies in the place",
      );
    },
  },
  {
    id: "private.modes",
    title: "files are 0600 and folders 0700, whatever the umask",
    requires: ["modes"],
    async run({ open, hook }) {
      const umask = process.umask(0);
      try {
        const store = await open();
        await store.create({ id: "a", messages: numbered(1, 3) });
        await store.save("a", { messages: numbered(1, 2) });
        await store.inNamespace("tenant").create({ id: "../x" });
        await store.list();
        for (const { name, isFolder, mode } of await hook("modes")()) {
          same(mode.toString(8), isFolder ? "700" : "600", `the permissions of ${name}`);
        }
      } finally {
        process.umask(umask);
      }
    },
  },
]);

export const repairClauses: readonly Clause[] = clauseGroup("verify and repair", [
  {
    id: "verify.clean",
    title: "verify() finds nothing in a healthy store, and repair() of it changes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", title: "T", messages: numbered(1, 30), state: { n: 1 } });
      await store.append("a", user("x"), { operationId: "op", usage: { x: 1 } });
      await store.truncate("a", 5);
      await store.append("a", numbered(6, 9), { replaceFrom: 3 });
      await store.save("b", { messages: numbered(1, 3) });
      await store.save("b", { messages: numbered(1, 2) });
      await store.fork("a", { id: "../hostile" });
      await store.create({ id: "gone" });
      await store.delete("gone");
      const view = store.inNamespace("tenant");
      await view.create({ id: "a" });
      const before = await observeAll(store);
      for (const handle of [store, view, await open()])
        same(await collect(handle.verify()), [], "the findings");
      for (const report of [await store.repair(), await store.repair("a"), await view.repair("a")]) {
        same(
          report,
          { repaired: [], setAside: [], remaining: [] },
          "the report of a repair of what is healthy",
        );
      }
      same(await observeAll(store), before, "the sessions after repair()");
    },
  },
  {
    id: "verify.finds",
    title: "verify() of any view names every corrupted session of every namespace, and changes nothing",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const id of ["a", "b", "c"]) await store.create({ id, messages: numbered(1, 20) });
      await hook("corrupt")("a", "head");
      await hook("corrupt")("b", "transcript");
      for (const handle of [await open(), (await open()).inNamespace("tenant")]) {
        const findings = await collect(handle.verify());
        const named = new Set(findings.map(({ namespace, id }) => JSON.stringify([namespace, id])));
        same([...named].toSorted(), ['["","a"]', '["","b"]'], "the sessions that the findings name");
        for (const finding of findings) {
          holds(
            /^[a-z]+(-[a-z]+)*$/.test(finding.fault),
            "the fault of a finding",
            finding,
            "a name in kebab case",
          );
          holds(finding.message !== "", "the message of a finding", finding, "a text that is not empty");
        }
      }
      await rejects("SESSION_CORRUPTED", (await open()).load("a"), "load() after verify()");
    },
  },
  {
    id: "repair.keeps",
    title:
      "repair() mends what it can, sets aside what it takes out, reports what remains, and never touches the healthy",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const id of ["a", "b"]) await store.create({ id, messages: numbered(1, 20) });
      await hook("corrupt")("b", "transcript");
      const reader = await open();
      const healthy = await observe(reader, "a");
      const report = await reader.repair();
      const after = await collect((await open()).verify());
      same(report.remaining.length, after.length, "what remains is what verify() still finds");
      same(await observe(await open(), "a"), healthy, "the healthy session");
      if (after.length === 0) {
        holds(
          report.repaired.some(({ id }) => id === "b"),
          "the sessions that the report calls repaired",
          report,
          '"b" among them',
        );
        holds(
          report.setAside.length > 0,
          "where the report says that the bytes are which were taken out",
          report,
          "a place at least",
        );
        await (await open()).load("b");
      } else {
        await rejects("SESSION_CORRUPTED", (await open()).load("b"), "load() of what could not be mended");
      }
      same(await (await open()).exists("b"), true, "exists() after repair()");
    },
  },
  {
    id: "repair.not-found",
    title:
      "repair() of a session that is not there rejects SESSION_NOT_FOUND; of a sound one it changes nothing",
    async run({ open }) {
      const store = await open();
      await rejects("SESSION_NOT_FOUND", store.repair("missing"), "repair() in an empty store");
      await store.create({ id: "a", messages: numbered(1, 3) });
      await store.create({ id: "gone" });
      await store.delete("gone");
      for (const missing of ["missing", "gone"])
        await rejects("SESSION_NOT_FOUND", store.repair(missing), `repair() of ${missing}`);
      await rejects(
        "SESSION_NOT_FOUND",
        store.inNamespace("tenant").repair("a"),
        "repair() in another namespace",
      );
      const before = await observe(store, "a");
      same(
        await store.repair("a"),
        { repaired: [], setAside: [], remaining: [] },
        "repair() of a sound session",
      );
      same(await observe(store, "a"), before, "the session afterwards");
    },
  },
  {
    id: "repair.torn-tail",
    title: "repair() of a torn session keeps every committed message, and the torn bytes aside",
    requires: ["tearTail"],
    async run({ open, hook }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 4) });
      await store.append("a", user("torn".repeat(20)));
      await store.close();
      same(await hook("tearTail")("a", 30, "cut"), true, "the tail was torn");
      const reader = await open();
      const report = await reader.repair("a");
      same([report.repaired.map(({ id }) => id), report.remaining], [["a"], []], "what the report says");
      holds(
        report.setAside.length > 0,
        "where the report says that the torn bytes are",
        report,
        "a place at least",
      );
      same(await textsOf(reader, "a"), numberedTexts(1, 4), "the messages afterwards");
      same(await collect(reader.verify()), [], "the findings afterwards");
    },
  },
]);
