import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format } from "./engine-fixture.js";

/** Files that people edited: they get their edit or an error that names the place, and nothing is lost. */
export function handEditTests(format: Format): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  describe(`${codec.name}: edits by hand`, () => {
    it("load() gives a changed text, and appends go on behind it", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "Old title", messages: [user("one"), user("two")] });
      await store.append("a", user("three"));
      fixture.edit("a", "two", "zwei, and longer");
      fixture.edit("a", "Old title", "A new title");
      expect(await contents(store, "a")).toEqual(["one", "zwei, and longer", "three"]);
      expect((await store.list()).sessions[0]?.title).toBe("A new title");
      const head = await store.append("a", user("four"), { operationId: "op" });
      expect([head.title, head.revision, head.messageCount]).toEqual(["A new title", 3, 4]);
      await store.append("a", user("four"), { operationId: "op" });
      expect(await contents(await fixture.open(), "a")).toEqual(["one", "zwei, and longer", "three", "four"]);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("an edit that keeps the file's size is seen at the next call, too", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "cat", messages: [user("first"), user("one")] });
      fixture.edit("a", "cat", "dog");
      fixture.edit("a", "one", "two");
      expect((await store.head("a")).title).toBe("dog");
      expect(await contents(store, "a")).toEqual(["first", "two"]);
      expect((await store.update("a", { labels: ["x"] })).title).toBe("dog");
    });

    // The record behind an edit repeats what the offsets before it led to, which must not grow with the log.
    it("the record behind an edit names the newest hundred of a log's operation ids", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      for (let n = 0; n < 230; n++) await store.append("a", user(`${n}`), { operationId: `op${n}` });
      fs.appendFileSync(fixture.path("a"), handWritten({ entries: [{ message: user("by hand") }] }));
      await store.append("a", user("new"), { operationId: "new" });
      const records = format
        .pieces(fs.readFileSync(fixture.path("a"), "utf8"))
        .map((piece) => piece.parse())
        .filter((record) => record !== undefined);
      const { operations, operation } = records.at(-1) as {
        readonly operations: readonly { readonly id: string }[];
        readonly operation: { readonly id: string };
      };
      expect(operations.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => `op${n + 130}`));
      expect(operation.id).toBe("new");
      const reopened = await fixture.open();
      await reopened.append("a", user("130"), { operationId: "op130" });
      expect((await reopened.head("a")).messageCount).toBe(232);
    });

    it("load() counts records that were added by hand, and each is a revision", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      const { revision, updatedAt } = await store.head("a");
      fs.appendFileSync(
        fixture.path("a"),
        handWritten({ entries: [{ message: user("by hand") }, { message: user("and more") }] }),
      );
      fs.appendFileSync(fixture.path("a"), handWritten({ head: { title: "By hand" } }));
      const head = await store.head("a");
      expect([head.revision, head.messageCount, head.title, head.preview]).toEqual([
        revision + 2,
        3,
        "By hand",
        "one",
      ]);
      expect((await collect(store.messages("a"))).map(({ seq, at }) => [seq, at])).toEqual(
        [1, 2, 3].map((seq) => [seq, updatedAt]),
      );
      expect((await store.append("a", user("two"))).revision).toBe(revision + 3);
      expect(await contents(store, "a")).toEqual(["one", "by hand", "and more", "two"]);
      expect((await collect(store.messages("a", { last: 3 }))).map(({ message }) => message.content)).toEqual(
        ["by hand", "and more", "two"],
      );
      expect((await collect(store.messages("a", { order: "desc" }))).map(({ seq }) => seq)).toEqual([
        4, 3, 2, 1,
      ]);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("load() counts anew when messages were taken out or put in between", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      for (const text of ["one", "two", "three", "four", "five"]) await store.append("a", user(text));
      await store.append("a", user("5"), { replaceFrom: 5 });
      const records = splitRecords(fixture.read("a"));
      // Header, creation, one … five, 5.
      const withoutTwo = [...records.slice(0, 3), ...records.slice(4)];
      fixture.write("a", withoutTwo.join(""));
      expect(await contents(store, "a")).toEqual(["one", "three", "four", "5"]);
      expect(await contents(store, "a")).toHaveLength((await store.head("a")).messageCount);
      const inserted = handWritten({ entries: [{ message: user("inserted") }] });
      fixture.write("a", [...withoutTwo.slice(0, 3), inserted, ...withoutTwo.slice(3)].join(""));
      expect(await contents(store, "a")).toEqual(["one", "inserted", "three", "four", "5"]);
      await store.append("a", user("6"));
      await store.truncate("a", 5);
      await store.append("a", user("7"));
      expect(await contents(await fixture.open(), "a")).toEqual([
        "one",
        "inserted",
        "three",
        "four",
        "5",
        "7",
      ]);
      expect((await collect(store.messages("a", { last: 2 }))).map(({ seq }) => seq)).toEqual([5, 6]);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("reads and writes go on after line ends, byte order mark, blank lines or the final line break were changed", async () => {
      const edits: readonly ((content: string) => string)[] = [
        (content) => content.replaceAll("\n", "\r\n"),
        (content) => `\ufeff${content}`,
        (content) => content.replace(/\n$/, ""),
        (content) => `${content}\n\n`,
        (content) => content.replace("\n", "\n\n"),
        (content) => `${content}   `,
      ];
      const store = await fixture.open();
      for (const [index, edit] of edits.entries()) {
        const id = `edit-${index}`;
        await store.create({ id, title: "T", messages: [user("one")] });
        await store.append(id, user("two"));
        fixture.write(id, edit(fixture.read(id)));
        expect([id, await contents(store, id)]).toEqual([id, ["one", "two"]]);
        expect((await store.head(id)).title).toBe("T");
        await store.append(id, user("three"));
        expect([id, await contents(await fixture.open(), id)]).toEqual([id, ["one", "two", "three"]]);
      }
      expect(await collect(store.verify())).toEqual([]);
    });

    it.each(["\n", "\n\n", " \n\t\n"])("takes %j behind the last record for no torn end", async (blank) => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      await store.append("a", user("two"));
      fs.appendFileSync(fixture.path("a"), blank);
      expect(await collect(store.verify())).toEqual([]);
      expect(await contents(store, "a")).toEqual(["one", "two"]);
      await store.append("a", user("three"));
      expect(await contents(await fixture.open(), "a")).toEqual(["one", "two", "three"]);
      expect([await collect(store.verify()), fixture.aside("a")]).toEqual([[], []]);
    });

    it("remembers operations through an edit by hand", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "Short" });
      for (let n = 1; n <= 110; n++) await store.append("a", user(`${n}`), { operationId: `op-${n}` });
      fixture.edit("a", "Short", "A longer title");
      for (const n of [11, 60, 110]) await store.append("a", user(`${n}`), { operationId: `op-${n}` });
      expect((await store.head("a")).messageCount).toBe(110);
      await store.append("a", user("new"), { operationId: "new" });
      for (const n of [12, 60, 110]) await store.append("a", user(`${n}`), { operationId: `op-${n}` });
      expect((await store.head("a")).messageCount).toBe(111);
      await expect(store.append("a", user("other"), { operationId: "op-60" })).rejects.toMatchObject({
        code: "OPERATION_MISMATCH",
      });
    });

    it("rejects SESSION_CORRUPTED with line and column for what cannot be read, and leaves it alone", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      await store.append("a", user("two"));
      const records = splitRecords(fixture.read("a"));
      const broken = [
        ...records.slice(0, 2),
        handWritten({ entries: [] }).replace("[]", "[}"),
        ...records.slice(2),
      ].join("");
      fixture.write("a", broken);
      const line = records.slice(0, 2).join("").split("\n").length;
      for (const call of [() => store.load("a"), () => store.append("a", user("three"))]) {
        await expect(call()).rejects.toMatchObject({
          code: "SESSION_CORRUPTED",
          position: expect.stringMatching(`^line ${line}, column \\d+$`),
        });
      }
      for (const record of [
        { entries: "x" },
        { entries: [{ text: "no message" }] },
        { head: { title: 1 } },
        { keep: -1 },
        ["x"],
      ]) {
        fixture.write("a", `${records.join("")}${handWritten(record)}`);
        await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      }
      fixture.write("a", broken);
      expect(await store.exists("a")).toBe(true);
      expect(fixture.read("a")).toBe(broken);
    });
  });

  // They were taken for times, and a list by time came out of order.
  it.each([
    ["2026-13-01T00:00:00.000Z", false],
    ["2026-02-30T00:00:00.000Z", false],
    ["2026-02-29T00:00:00.000Z", false],
    ["2026-04-31T00:00:00.000Z", false],
    ["2026-01-31T24:00:00.000Z", false],
    ["2026-01-31T00:60:00.000Z", false],
    ["2028-02-29T23:59:59.999Z", true],
    ["2026-12-31T00:00:00.000Z", true],
  ])(`${codec.name}: a time that was written by hand as %s is one: %s`, async (time, isTime) => {
    const store = await fixture.open({ clock: () => Date.parse("2026-01-31T12:00:00.000Z") });
    await store.create({ id: "a", messages: [user("one")] });
    const original = fixture.read("a");
    for (const edited of [
      original.replace('"at":"2026-01-31T12:00:00.000Z","epoch"', `"at":"${time}","epoch"`),
      original + handWritten({ entries: [{ at: time, message: user("two") }] }),
      original + handWritten({ head: { createdAt: time } }),
    ]) {
      expect(edited).toContain(time);
      fixture.write("a", edited);
      const head = store.head("a");
      if (isTime) expect(Object.values(await head)).toContain(time);
      else await expect(head).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
    }
  });

  function splitRecords(content: string): string[] {
    const bytes = Buffer.from(content);
    const records: string[] = [];
    let start = 0;
    for (let end = codec.findEnd(bytes, 0); end !== -1; end = codec.findEnd(bytes, end)) {
      records.push(bytes.toString("utf8", start, end));
      start = end;
    }
    return records;
  }
}
