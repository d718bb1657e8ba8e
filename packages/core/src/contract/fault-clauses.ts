import { holds, rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { idsIn, observe, observeAll } from "./observe-session.js";
import { numbered, numberedTexts, textsOf, user } from "./sample-messages.js";

export const faultClauses: readonly Clause[] = clauseGroup("crashes and faults", [
  {
    id: "crash.torn-tail",
    title:
      "wherever the last record is cut, or filled with NULs: what was committed loads, verify tells, the next append goes on",
    requires: ["tearTail"],
    async run({ open, hook }) {
      for (const how of ["cut", "nul"] as const) {
        for (let bytes = 1; ; bytes++) {
          const id = `${how} ${bytes}`;
          const store = await open();
          await store.create({ id, messages: numbered(1, 2) });
          await store.append(id, numbered(3, 4));
          const committed = await observe(store, id);
          await store.append(id, user("torn"));
          const whole = await observe(store, id);
          await store.close();
          if (!(await hook("tearTail")(id, bytes, how))) break;
          const reader = await open();
          const found = await observe(reader, id);
          // A record that misses no more than its terminator is complete.
          const isComplete = (found.load as { messageCount: number }).messageCount === 5;
          same(found, isComplete ? whole : committed, `the session with ${bytes} bytes ${how}`);
          if (!isComplete) {
            const findings = (await collect(reader.verify())).filter((finding) => finding.id === id);
            same(findings.length > 0, true, `verify() tells about ${bytes} bytes ${how}`);
          }
          await reader.append(id, user("goes on"));
          same(
            await textsOf(await open(), id),
            [...numberedTexts(1, 4), ...(isComplete ? ["torn"] : []), "goes on"],
            `the messages after the next append, ${bytes} bytes ${how}`,
          );
          same(await collect(reader.verify()), [], `verify() after the next append, ${bytes} bytes ${how}`);
          // verify() reads the whole store: sessions that pile up would make this clause quadratic.
          await reader.delete(id);
          await reader.close();
        }
      }
    },
  },
  {
    id: "fault.disk-full",
    title:
      "writes on a full disk reject STORE_IO with the cause, the old content is intact, and all goes on once there is space",
    requires: ["failWrites"],
    async run({ open, hook }) {
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
        holds(error.cause !== undefined, "the error has a cause", error);
        same(await observe(store, "a"), before, `the session after a failed ${method}()`);
        same(await store.exists("b"), false, "exists() of a session that could not be created");
      }
      await undo();
      same((await store.append("a", numbered(4, 5))).revision, 2, "the revision after the next append");
      same(await textsOf(await open(), "a"), numberedTexts(1, 5), "the messages that a new handle loads");
      await store.create({ id: "b" });
      same(await collect(store.verify()), [], "findings afterwards");
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
        holds(error.cause !== undefined, "the error has a cause", error);
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
          holds(/^[a-z]+(-[a-z]+)*$/.test(finding.fault), "a fault has a kebab-case name", finding);
          holds(finding.message !== "", "a finding has a message", finding);
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
          "the report names what was mended",
          report,
        );
        holds(report.setAside.length > 0, "the report says where the bytes are that were taken out", report);
        await (await open()).load("b");
      } else {
        await rejects("SESSION_CORRUPTED", (await open()).load("b"), "load() of what could not be mended");
      }
      same(await (await open()).exists("b"), true, "exists() after repair()");
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
      holds(report.setAside.length > 0, "the report says where the torn bytes are", report);
      same(await textsOf(reader, "a"), numberedTexts(1, 4), "the messages afterwards");
      same(await collect(reader.verify()), [], "the findings afterwards");
    },
  },
]);
