import fs from "node:fs";
import type { JsonValue } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { collect, EngineFixture, type Format } from "./engine-fixture.js";

/** A list in a list, and so on: so many levels. */
function nested(levels: number): JsonValue {
  let value: JsonValue = "core";
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** What the option `maxDepth` allows and refuses, written and read. */
export function depthTests(format: Format): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  // The message itself is the first level.
  const message = (levels: number): { role: string; content: JsonValue } => ({
    role: "user",
    content: nested(levels - 1),
  });
  const text = "x".repeat(600);

  /** Where the brackets of a value that is deep are found in a file: a line from 1, with a column in it. */
  function placeOf(id: string): { line: number; text: string } {
    const lines = fixture.read(id).split("\n");
    const index = lines.findIndex((line) => line.includes("[["));
    return { line: index + 1, text: lines[index] ?? "" };
  }

  describe(`${codec.name}: depth`, () => {
    it.each([0, 501, -1, 1.5, "many"])("the option maxDepth refuses %j", async (maxDepth) => {
      await expect(fixture.open({ maxDepth: maxDepth as number })).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
        path: "maxDepth",
      });
    });

    it("every write refuses a message or state that is deeper than maxDepth, and changes nothing", async () => {
      const store = await fixture.open({ maxDepth: 20 });
      await store.create({ id: "a", messages: [message(20)], state: { deep: nested(19) } });
      const before = fixture.read("a");
      const refused = { code: "INVALID_VALUE", message: expect.stringContaining("maxDepth") };
      const inMessages = (index: number): object => ({ ...refused, path: `messages[${index}]` });
      await expect(store.append("a", message(21))).rejects.toMatchObject(inMessages(0));
      await expect(store.append("a", [message(1), message(21)])).rejects.toMatchObject(inMessages(1));
      await expect(store.save("a", { messages: [message(21)] })).rejects.toMatchObject(inMessages(0));
      await expect(store.create({ id: "b", messages: [message(21)] })).rejects.toMatchObject(inMessages(0));
      const inState = { ...refused, path: "state" };
      await expect(store.update("a", { set: { deep: nested(20) } })).rejects.toMatchObject(inState);
      await expect(store.save("a", { messages: [], state: { deep: nested(20) } })).rejects.toMatchObject(
        inState,
      );
      await expect(store.create({ id: "b", state: { deep: nested(20) } })).rejects.toMatchObject(inState);
      expect(fixture.read("a")).toBe(before);
      expect(await store.exists("b")).toBe(false);
      expect((await store.load("a")).messages).toEqual([message(20)]);
    });

    it("a message that is deeper than maxDepth is SESSION_CORRUPTED with its place and the option, however it is read", async () => {
      const long = [{ role: "user", content: text }];
      const deep = { role: "user", content: [{ type: "text", text: `needle ${text}` }, nested(30)] };
      const generous = await fixture.open();
      await generous.create({ id: "a", messages: long });
      await generous.append("a", deep);
      await generous.append("a", long);
      const whole = await fixture.open({ maxDepth: 32 });
      expect((await whole.load("a")).messages).toEqual([...long, deep, ...long]);
      const store = await fixture.open({ maxDepth: 31 });
      const corrupted = {
        code: "SESSION_CORRUPTED",
        message: expect.stringMatching(/the 31 levels that the option maxDepth allows; raise the option/),
        position: expect.stringMatching(/^line \d+, column \d+$/),
      };
      await expect(store.load("a")).rejects.toMatchObject(corrupted);
      await expect(collect(store.messages("a", { order: "desc" }))).rejects.toMatchObject(corrupted);
      expect((await collect(store.search("needle"))).length).toBe(0);
      // Its end is as it should be: nothing of the message is read for these.
      expect(await store.head("a")).toMatchObject({ messageCount: 3 });
      await store.append("a", long);
    });

    it("the place is that of the first level that is too deep", async () => {
      const store = await fixture.open({ maxDepth: 10 });
      await store.create({ id: "a" });
      const record = handWritten({ entries: [{ message: { role: "user", content: text } }] });
      const brackets = "[".repeat(10);
      fs.appendFileSync(
        fixture.path("a"),
        record.replace(new RegExp(`"?${text}"?`), `${brackets}"a [ \\" {", "${text}"${"]".repeat(10)}`),
      );
      const { line, text: found } = placeOf("a");
      await expect(store.load("a")).rejects.toMatchObject({
        code: "SESSION_CORRUPTED",
        position: `line ${line}, column ${found.indexOf(brackets) + 10}`,
      });
    });

    // At 30 it lacks one level, and not two: a record may be deeper, for a message lies deeper in it than a state.
    it.each([29, 30])(
      "a state that is deeper than maxDepth %d is SESSION_CORRUPTED for head() too",
      async (maxDepth) => {
        const generous = await fixture.open();
        await generous.create({ id: "a", state: { text, deep: nested(30) } });
        expect(await (await fixture.open({ maxDepth: 31 })).head("a")).toMatchObject({ id: "a" });
        const store = await fixture.open({ maxDepth });
        const calls = [() => store.head("a"), () => store.load("a"), () => store.append("a", message(1))];
        for (const call of calls)
          await expect(call()).rejects.toMatchObject({
            code: "SESSION_CORRUPTED",
            details: { option: "maxDepth" },
            position: expect.stringMatching(/^line \d+, column \d+$/),
          });
        expect((await store.list()).unreadable).toMatchObject([{ id: "a" }]);
        // No offset holds after an edit by hand: all of it is read, and says the same.
        fixture.edit("a", text, `${text}x`);
        await expect(store.head("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
        expect(await (await fixture.open({ maxDepth: 31 })).head("a")).toMatchObject({ id: "a" });
      },
    );

    it("repair() takes nothing out of a file because of the option", async () => {
      const generous = await fixture.open();
      await generous.create({ id: "a", messages: [message(1)] });
      await generous.append("a", [message(300), { role: "user", content: text }]);
      const before = fixture.read("a");
      const store = await fixture.open({ maxDepth: 10 });
      expect(await store.repair("a")).toMatchObject({
        repaired: [],
        setAside: [],
        remaining: [{ fault: "unreadable", repairable: false }],
      });
      // Nor is a record whose last line break somebody has dropped taken for a torn one.
      const edited = before.replace("user", "person").slice(0, -1);
      fixture.write("a", edited);
      await expect(store.append("a", message(1))).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      expect(fixture.read("a")).toBe(edited);
      expect((await generous.load("a")).messages).toHaveLength(3);
    });

    it("what is deeper than any maxDepth is refused with its place, and repair() sets it aside", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [message(1)] });
      await store.append("a", message(500));
      for (const levels of [501, 5000])
        fs.appendFileSync(
          fixture.path("a"),
          handWritten({ entries: [{ message: { role: "user", content: "deep" } }] }).replace(
            /"?deep"?/,
            `${"[".repeat(levels - 1)}1${"]".repeat(levels - 1)}`,
          ),
        );
      await expect(store.load("a")).rejects.toMatchObject({
        code: "SESSION_CORRUPTED",
        message: expect.stringMatching(/the 500 levels that the option maxDepth allows.*repair\(\)/),
        position: expect.stringMatching(/^line \d+, column [1-9]\d\d$/),
      });
      expect((await store.repair("a")).setAside).toHaveLength(1);
      expect((await store.load("a")).messages).toEqual([message(1), message(500)]);
    });
  });
}
