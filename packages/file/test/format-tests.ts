import fs from "node:fs";
import { join } from "node:path";
import { digest, snapshotOf } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format } from "./engine-fixture.js";

/** Files of other versions, files in the wrong place, files outside a store, and mending what is damaged. */
export function formatTests(format: Format): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  describe(`${codec.name}: versions`, () => {
    it("fields and records of a newer minor version survive appends, saves and compaction", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "Title", messages: [user("one")] });
      fs.appendFileSync(fixture.path("a"), handWritten({ annotations: [{ of: 1, text: "from 1.1" }] }));
      fs.appendFileSync(
        fixture.path("a"),
        handWritten({ head: { title: "Title", colour: "blue" }, marks: { x: 1 } }),
      );
      await store.append("a", user("two"));
      await store.save("a", { messages: [user("three")] });
      for (let n = 0; n < 200; n++)
        await store.append("a", user(`draft ${n} ${"x".repeat(4000)}`), { replaceFrom: 2 });
      await store.update("a", { labels: ["l"] });
      expect(fs.statSync(fixture.path("a")).size).toBeLessThan(600_000);
      const content = fixture.read("a");
      for (const kept of ["annotations", "from 1.1", "colour", "blue", "marks"])
        expect(content).toContain(kept);
      expect((await store.load("a")).messages).toHaveLength(2);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("a record that must not be passed over rejects STORE_INCOMPATIBLE, and the file is left untouched", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      fs.appendFileSync(fixture.path("a"), handWritten({ encryption: { key: 1 }, critical: true }));
      const before = fixture.read("a");
      await expect(store.load("a")).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
      await expect(store.append("a", user("two"))).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
      expect((await store.list()).unreadable).toMatchObject([{ id: "a", code: "STORE_INCOMPATIBLE" }]);
      expect((await collect(store.verify())).map(({ fault, repairable }) => [fault, repairable])).toEqual([
        ["incompatible", false],
      ]);
      expect((await store.repair()).remaining).toHaveLength(1);
      expect(fixture.read("a")).toBe(before);
    });

    it("a newer minor version opens, a newer major does not", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      fixture.edit("a", "1.0", "1.9");
      await store.append("a", user("two"));
      expect(await contents(store, "a")).toEqual(["one", "two"]);
      fixture.edit("a", "1.9", "2.0");
      await expect(store.head("a")).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
    });

    it("files that are no sessions, or of another session, are SESSION_CORRUPTED and shadow nothing", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      fs.copyFileSync(fixture.path("a"), fixture.path("copy"));
      fixture.write("foreign", handWritten({ some: "thing" }));
      fixture.write("empty", "");
      fs.mkdirSync(fixture.path("folder"));
      fs.symlinkSync(fixture.path("a"), fixture.path("link"));
      const { sessions, unreadable } = await store.list();
      expect(sessions.map(({ id }) => id)).toEqual(["a"]);
      expect(unreadable.map(({ id, code }) => [id, code]).sort()).toEqual(
        ["copy", "empty", "folder", "foreign", "link"].map((id) => [id, "SESSION_CORRUPTED"]),
      );
      for (const id of ["copy", "empty", "folder", "foreign", "link"]) {
        expect(await store.exists(id)).toBe(true);
        await expect(store.load(id)).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
        await expect(store.append(id, user("x"))).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      }
      const faults = (await collect(store.verify())).map(({ id, fault }) => [id, fault]);
      expect(faults).toEqual([
        ["copy", "misplaced"],
        ...["empty", "folder", "foreign", "link"].map((id) => [id, "unreadable"]),
      ]);
      await expect(store.delete("folder")).rejects.toMatchObject({ code: "SESSION_DELETE_FAILED" });
      for (const id of ["copy", "empty", "foreign", "link"]) expect(await store.delete(id)).toBe(true);
      expect(await contents(store, "a")).toEqual(["one"]);
    });
  });

  describe(`${codec.name}: repair()`, () => {
    it("sets a torn end aside and says where", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      fs.appendFileSync(
        fixture.path("a"),
        handWritten({ entries: [{ message: user("torn") }] }).slice(0, 20),
      );
      expect(
        (await collect(store.verify())).map(({ id, fault, repairable }) => [id, fault, repairable]),
      ).toEqual([["a", "torn-tail", true]]);
      const report = await store.repair();
      expect([report.repaired.length, report.setAside.length, report.remaining]).toEqual([1, 1, []]);
      expect(fs.existsSync(report.setAside[0] ?? "")).toBe(true);
      expect(await collect(store.verify())).toEqual([]);
      expect(await contents(store, "a")).toEqual(["one"]);
    });

    it("keeps a file with a damaged record aside and goes on with the records that can be read", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "T" });
      for (const text of ["one", "two", "three"]) await store.append("a", user(text));
      fixture.edit("a", "two", 'two"\n  : }{');
      const damaged = fixture.read("a");
      await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      const report = await store.repair("a");
      expect(report.remaining).toEqual([]);
      expect(fs.readFileSync(report.setAside[0] ?? "", "utf8")).toBe(damaged);
      expect(await contents(store, "a")).toEqual(["one", "three"]);
      expect((await store.append("a", user("four"))).messageCount).toBe(3);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("removes what a killed writer left, and not what a living one is writing", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const dead = join(fixture.folder, `.staging.${codec.extension}`, "dead.tmp");
      fs.writeFileSync(dead, "half a session");
      expect((await collect(store.verify())).map(({ fault, path }) => [fault, path])).toEqual([
        ["leftover", dead],
      ]);
      let report: unknown;
      await store.restore({
        head: { ...(await store.head("a")), id: "b", messageCount: 1 },
        entries: (async function* () {
          const other = await fixture.open();
          report = await other.repair();
          yield { seq: 1, at: new Date().toISOString(), message: user("x") };
        })(),
      });
      expect(report).toMatchObject({ setAside: [], remaining: [] });
      expect(fs.existsSync(dead)).toBe(false);
      expect(await store.repair()).toEqual({ repaired: [], setAside: [], remaining: [] });
      expect(await contents(store, "b")).toEqual(["x"]);
    });
  });

  describe(`${codec.name}: readSessionFile()`, () => {
    it("reads a session file wherever it lies, and what it gives can be restored", async () => {
      const store = await fixture.open();
      await store.create({
        id: "Some ID",
        title: "T",
        state: { n: 1 },
        messages: [user("one"), user("two")],
      });
      const elsewhere = join(fixture.folder, "..", "attachment.txt");
      fs.copyFileSync(fixture.path("Some ID"), elsewhere);
      const original = await digest(await snapshotOf(store, "Some ID"));
      expect(await digest(await format.readSessionFile(elsewhere))).toBe(original);
      await store.delete("Some ID");
      await store.restore(await format.readSessionFile(elsewhere));
      expect(await digest(await snapshotOf(store, "Some ID"))).toBe(original);
      await expect(format.readSessionFile(`${elsewhere}.none`)).rejects.toMatchObject({ code: "STORE_IO" });
      fs.writeFileSync(elsewhere, "hello");
      await expect(format.readSessionFile(elsewhere)).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      await expect(format.readSessionFile(fixture.folder)).rejects.toMatchObject({
        code: "SESSION_CORRUPTED",
      });
    });
  });
}
