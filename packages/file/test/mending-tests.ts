import fs from "node:fs";
import { dirname, join } from "node:path";
import { storageFiguresWith } from "@agent-sessions/file";
import { describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format, systemError } from "./engine-fixture.js";

async function* noEntries(): AsyncGenerator<never> {}

/** What is done about damage, what is kept, and where the space went. */
export function mendingTests(format: Format): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  async function damaged(id: string, edit: (records: string[]) => string[] | Buffer): Promise<void> {
    const store = await fixture.open();
    await store.create({ id, title: "T", createdAt: "2026-01-31T12:00:00.000Z" });
    for (const text of ["one", "two"]) await store.append(id, user(text));
    const bytes = fs.readFileSync(fixture.path(id));
    const records: string[] = [];
    for (let start = 0, end = codec.findEnd(bytes, 0); end !== -1; end = codec.findEnd(bytes, end)) {
      records.push(bytes.toString("utf8", start, end));
      start = end;
    }
    const edited = edit(records);
    fixture.write(id, Buffer.isBuffer(edited) ? edited : edited.join(""));
  }

  function nulIn(record = ""): string {
    return `${record.slice(0, 20)}\0${record.slice(21)}`;
  }

  describe(`${codec.name}: mending`, () => {
    it.each([
      { what: "missing", edit: (records: string[]) => records.slice(1) },
      { what: "unreadable", edit: ([header = "", ...rest]: string[]) => [`{]${header}`, ...rest] },
      {
        what: "without its time",
        edit: ([header = "", ...rest]: string[]) => [header.replace("2026-01", "soon"), ...rest],
      },
    ])("repair() writes a header that is $what anew, and keeps the file as it was", async ({ edit }) => {
      await damaged("a", edit);
      const before = fixture.read("a");
      const store = await fixture.open();
      await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      expect(await collect(store.verify())).toMatchObject([
        { id: "a", fault: "unreadable", repairable: true },
      ]);
      const report = await store.repair();
      expect(report).toMatchObject({ repaired: [{ id: "a" }], remaining: [] });
      expect(fs.readFileSync(report.setAside[0] ?? "", "utf8")).toBe(before);
      expect(await contents(store, "a")).toEqual(["one", "two"]);
      expect(await store.head("a")).toMatchObject({ title: "T", createdAt: "2026-01-31T12:00:00.000Z" });
      expect(await collect(store.verify())).toEqual([]);
    });

    it("repair(id) mends a header that only the id tells, which a hashed file name does not", async () => {
      await damaged("An id?", (records) => records.slice(1));
      const store = await fixture.open();
      expect((await store.repair()).remaining).toMatchObject([{ fault: "unreadable", repairable: false }]);
      expect((await store.repair("An id?")).remaining).toEqual([]);
      expect(await store.repair()).toEqual({ repaired: [], setAside: [], remaining: [] });
      expect(await contents(store, "An id?")).toEqual(["one", "two"]);
    });

    it("repair() leaves alone what holds no session, what another session's file holds, and what a newer version wrote", async () => {
      await damaged("a", (records) => records);
      const files = {
        hello: "hello\n",
        nothing: "",
        other: fixture.read("a"),
        newer: fixture.read("a").replace("1.0", "2.0"),
      };
      for (const [id, text] of Object.entries(files)) fixture.write(id, text);
      const store = await fixture.open();
      const { repaired, remaining } = await store.repair();
      expect([repaired, remaining.map(({ id }) => id).sort()]).toEqual([[], Object.keys(files).sort()]);
      for (const [id, text] of Object.entries(files)) expect(fixture.read(id)).toBe(text);
    });

    it("repair() goes on with the parts that are left of a rewritten session", async () => {
      const store = await fixture.open();
      const messages = Array.from({ length: 30 }, (_, n) => user(`${n} ${"y".repeat(30_000)}`));
      await store.save("a", { messages });
      const bytes = fs.readFileSync(fixture.path("a"));
      fixture.write("a", bytes.subarray(0, codec.findStart(bytes, bytes.length)));
      await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      const report = await store.repair("a");
      expect([report.setAside.length, report.remaining]).toEqual([1, []]);
      expect(await store.repair()).toEqual({ repaired: [], setAside: [], remaining: [] });
      const found = (await store.load("a")).messages;
      expect(found.length).toBeGreaterThan(0);
      expect(found).toEqual(messages.slice(0, found.length));
    });

    const torn = (text: string): string => text.slice(0, -20);
    it.each<{ what: string; edit: (records: string[]) => string[] | Buffer }>([
      { what: "nothing wrong", edit: (records) => records },
      { what: "a torn end", edit: (records) => [...records.slice(0, -1), torn(records.at(-1) ?? "")] },
      { what: "bytes of nothing at its end", edit: (records) => [...records, "{torn"] },
      { what: "NUL bytes at its end", edit: (records) => [...records, "\0\0\0\0"] },
      {
        what: "a NUL byte in its last record",
        edit: (records) => [...records.slice(0, -1), nulIn(records.at(-1))],
      },
      { what: "a NUL byte in its middle", edit: ([a = "", b = "", c, ...d]) => [a, b, nulIn(c), ...d] },
      {
        what: "a record that cannot be read",
        edit: ([a = "", b = "", ...c]) => [a, b, `{]${c.join("")}`, ...c],
      },
      {
        what: "bytes that are not UTF-8",
        edit: (records) => Buffer.concat([Buffer.from(records.join("").replace("one", "\xe9ne"), "latin1")]),
      },
      { what: "no header", edit: (records) => records.slice(1) },
      { what: "no header and a torn end", edit: (records) => [...records.slice(1), "{torn"] },
      { what: "a header that cannot be read", edit: ([header = "", ...rest]) => [`{]${header}`, ...rest] },
      { what: "two headers", edit: ([header = "", ...rest]) => [header, header, ...rest] },
      {
        what: "a footer that is none",
        edit: ([...records]) => [
          ...records.slice(0, -1),
          (records.at(-1) ?? "").replace(/"revision":\d+/, '"revision":-1'),
        ],
      },
      { what: "a shape that is none", edit: (records) => [...records, handWritten({ entries: 1 })] },
      {
        what: "a wrong count",
        edit: (records) => records.map((record) => record.replace('"messageCount":1,', '"messageCount":5,')),
      },
      { what: "a record taken out", edit: ([a = "", b = "", _c, ...d]) => [a, b, ...d] },
      {
        what: "a record taken out and no more footers",
        edit: (records) =>
          [...records.slice(0, 2), ...records.slice(3)].map((record) =>
            record.replace(/,?"?footer.*\n/, codec.headerEnd),
          ),
      },
      { what: "only a header", edit: (records) => records.slice(0, 1) },
      { what: "no record that can be read", edit: ([a = "", b = ""]) => [a, `{]${b}`] },
      { what: "nothing in it", edit: () => [] },
      { what: "another's text in it", edit: () => ["hello\n"] },
      {
        what: "a format of tomorrow",
        edit: (records) => records.map((record) => record.replace("1.0", "2.0")),
      },
    ])(
      "a second repair() of a session with $what finds nothing that the first one left to do",
      async ({ edit }) => {
        await damaged("a", edit);
        const store = await fixture.open();
        const first = await store.repair();
        const mended = fixture.read("a");
        expect(await store.repair()).toEqual({ repaired: [], setAside: [], remaining: first.remaining });
        expect(await collect(store.verify())).toEqual(first.remaining);
        expect([fixture.read("a"), fixture.aside("a").sort()]).toEqual([mended, [...first.setAside].sort()]);
        const [left] = first.remaining;
        expect(left?.repairable ?? false).toBe(false);
        // Nobody is told to do again what was no help.
        expect(left?.message ?? "").not.toMatch(/let repair\(\) set it aside(?!, if)/);
      },
    );

    // The session's file would not go, and what had been set aside from it was gone all the same.
    it("a delete() that fails leaves what was set aside from the session as well", async () => {
      const store = await fixture.open();
      await damaged("a", (records) => [...records, "{torn"]);
      await store.append("a", user("three"));
      const aside = fixture.aside("a");
      fixture.patch("unlinkSync", (real, path) => {
        if (path === fixture.path("a")) throw systemError("EPERM");
        return real(path);
      });
      await expect(store.delete("a")).rejects.toMatchObject({ code: "SESSION_DELETE_FAILED" });
      fixture.unpatch();
      expect([aside.length, fixture.aside("a")]).toEqual([1, aside]);
      expect(await contents(store, "a")).toEqual(["one", "two", "three"]);
      expect(await store.delete("a")).toBe(true);
      expect(fixture.aside("a")).toEqual([]);
    });

    it("a delete() that cannot remove what was set aside says that the session is gone, and another one removes it", async () => {
      const store = await fixture.open();
      await damaged("a", (records) => [...records, "{torn"]);
      await store.append("a", user("three"));
      const [aside = ""] = fixture.aside("a");
      fixture.patch("rmSync", (real, path, options) => {
        if (path === aside) throw systemError("EPERM");
        return real(path, options);
      });
      await expect(store.delete("a")).rejects.toMatchObject({
        code: "STORE_IO",
        location: expect.stringContaining(".aside."),
        message: expect.stringMatching(/"a" was deleted.*Delete it again/),
      });
      fixture.unpatch();
      expect([await store.exists("a"), fixture.aside("a")]).toEqual([false, [aside]]);
      expect(await store.delete("a")).toBe(false);
      expect(fixture.aside("a")).toEqual([]);
    });

    it("delete() takes along what was set aside from the session, and from no other", async () => {
      const store = await fixture.open();
      for (const id of ["a", "a.b"]) {
        await damaged(id, (records) => [
          ...records,
          handWritten({}).replace(/^./, "}"),
          ...records.slice(1, 2),
        ]);
        await store.repair(id);
        expect(fixture.aside(id).length).toBeGreaterThan(0);
      }
      const others = fixture.aside("a.b");
      expect(await store.delete("a")).toBe(true);
      const folder = join(fixture.folder, `.aside.${codec.extension}`);
      expect(fs.readdirSync(folder).map((name) => join(folder, name))).toEqual(others);
      expect(await store.delete("a.b")).toBe(true);
      expect(fs.existsSync(folder)).toBe(false);
    });

    // Of two deletes at once the second took it for the session's own absence, and said that there was none.
    it.each(["gone", "in use"])(
      "delete() goes on when the emptied folder for what was set aside is %s by then",
      async (state) => {
        const store = await fixture.open();
        await store.create({ id: "a" });
        fs.appendFileSync(fixture.path("a"), "{torn");
        await store.append("a", user("one"));
        const folder = join(fixture.folder, `.aside.${codec.extension}`);
        fixture.patch("rmdirSync", (real, path) => {
          if (path === folder && state === "gone") real(path);
          if (path === folder && state === "in use") fs.writeFileSync(join(folder, "another's"), "");
          return real(path);
        });
        expect(await store.delete("a")).toBe(true);
        expect(await store.exists("a")).toBe(false);
        expect(fs.existsSync(folder)).toBe(state === "in use");
      },
    );

    it("a torn end is set aside though a delete takes the folder for that away as it is made", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      fs.appendFileSync(fixture.path("a"), "{torn");
      const folder = join(fixture.folder, `.aside.${codec.extension}`);
      let made = 0;
      fixture.patch("chmodSync", (real, path, mode) => {
        real(path, mode);
        if (path === folder && ++made === 1) fs.rmdirSync(folder);
      });
      await store.append("a", user("one"));
      expect([made, fixture.aside("a").length]).toEqual([2, 1]);
    });

    // The new file took the old one's place, and what a crash or a person had left behind the last record was gone.
    it("what writes a session anew over a torn end sets that aside, too", async () => {
      const store = await fixture.open();
      const writes: Record<string, (id: string) => Promise<unknown>> = {
        save: (id) => store.save(id, { messages: [user("new")] }),
        truncate: (id) => store.truncate(id, 0),
        compaction: (id) => store.append(id, user("new"), { replaceFrom: 1 }),
        restore: async (id) =>
          await store.restore({ head: { ...(await store.head(id)), messageCount: 0 }, entries: noEntries() }),
      };
      for (const [id, write] of Object.entries(writes)) {
        await store.create({ id, messages: [user("x".repeat(300_000))] });
        fs.appendFileSync(fixture.path(id), "{torn");
        await write(id);
        expect([id, fixture.aside(id).map((path) => fs.readFileSync(path, "utf8"))]).toEqual([id, ["{torn"]]);
      }
    });

    it("backup() copies many sessions at once, and leaves nothing when one of them fails", async () => {
      const store = await fixture.open();
      for (let n = 0; n < 60; n++) await store.create({ id: `s${n}`, messages: [user(`${n}`)] });
      const target = `${fixture.folder}-backup`;
      let [waiting, most, calls] = [0, 0, 0];
      fixture.patch("fsync", (real, fd, done) => {
        const finish = done as (error: Error | null) => void;
        most = Math.max(most, ++waiting);
        if (++calls === 75) return finish(new Error("made to fail"));
        return real(fd, (error: Error | null) => {
          waiting--;
          finish(error);
        });
      });
      await store.backup(target);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(16);
      const copy = await fixture.open({ path: target });
      expect((await copy.list({ limit: 100 })).sessions).toHaveLength(60);
      await expect(store.backup(`${target}-2`)).rejects.toMatchObject({ code: "STORE_IO" });
      expect(fs.readdirSync(join(fixture.folder, "..")).sort()).toEqual(["store", "store-backup"]);
    });

    it("backup() leaves alone what another one to the same place is making", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const target = `${fixture.folder}-backup`;
      let other: Promise<void> | null = null;
      fixture.patch("fsync", (real, fd, done) => {
        if (other !== null) return real(fd, done);
        other = store.backup(target).then(() => fs.rmSync(target, { recursive: true }));
        void other.then(() => real(fd, done));
        return undefined;
      });
      await store.backup(target);
      await other;
      expect(fs.readdirSync(dirname(target)).sort()).toEqual(["store", "store-backup"]);
      expect(fs.readdirSync(target)).toEqual([`a.${codec.extension}`]);
    });

    it("storageFigures() counts sessions, messages and bytes by what they are for, and writes nothing", async () => {
      expect(await storageFiguresWith(codec, fixture.folder)).toEqual({
        sessions: 0,
        messages: 0,
        bytes: { data: 0, index: 0, wal: 0, free: 0, setAside: 0, other: 0 },
      });
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one"), user("two")] });
      await store.inNamespace("tenant").create({ id: "b", messages: [user("three")] });
      fs.appendFileSync(fixture.path("a"), "{torn");
      await store.repair("a");
      fs.writeFileSync(fixture.path("damaged"), "hello\n");
      fs.writeFileSync(join(fixture.folder, "notes.txt"), "mine");
      fs.writeFileSync(join(fixture.folder, `.staging.${codec.extension}`, "dead.tmp"), "half");
      // What it writes to the index a moment later is no doing of what is tested.
      await store.close();
      const names = (): string[] =>
        fs.readdirSync(fixture.folder, { recursive: true, encoding: "utf8" }).sort();
      const before = names();
      const { sessions, messages, bytes } = await storageFiguresWith(codec, fixture.folder);
      const dataBytes = [
        fixture.path("a"),
        fixture.path("damaged"),
        join(fixture.folder, "@tenant", `b.${codec.extension}`),
      ]
        .map((path) => fs.statSync(path).size)
        .reduce((sum, size) => sum + size, 0);
      expect([sessions, messages]).toEqual([3, 3]);
      expect(bytes).toMatchObject({ data: dataBytes, wal: 0, free: 4, setAside: "{torn".length, other: 4 });
      expect(names()).toEqual(before);
    });

    it("storageFigures() counts the messages of sessions of any size, and of those that were edited by hand", async () => {
      const store = await fixture.open();
      await store.create({ id: "edited", messages: [user("one"), user("two")] });
      fs.appendFileSync(fixture.path("edited"), "\n\n");
      // Where the tail that is read begins within the header, neither of the two reads holds it whole.
      await store.create({ id: "long", messages: [user("x".repeat(8 * 1024))] });
      const over = fs.statSync(fixture.path("long")).size - 8 * 1024;
      await store.create({ id: "tail", messages: [user("x".repeat(8 * 1024 - over + 60))] });
      const size = fs.statSync(fixture.path("tail")).size - 8 * 1024;
      expect([size > 0, size < codec.findEnd(fs.readFileSync(fixture.path("tail")), 0)]).toEqual([
        true,
        true,
      ]);
      await store.close();
      expect(await storageFiguresWith(codec, fixture.folder)).toMatchObject({ sessions: 3, messages: 4 });
    });

    it("storageFigures() of what is no folder fails with STORE_IO", async () => {
      const file = join(fixture.folder, "..", "a file");
      fs.writeFileSync(file, "");
      await expect(storageFiguresWith(codec, file)).rejects.toMatchObject({
        code: "STORE_IO",
        location: file,
      });
      fs.rmSync(file);
    });
  });
}
