import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { contents, EngineFixture } from "../../file/test/engine-fixture.js";
import { yamlFormat } from "./format.js";

const fixture = new EngineFixture(yamlFormat);
const user = (content: string): { role: string; content: string } => ({ role: "user", content });

describe("YAML that people write", () => {
  it("several lines of text stand in the file as they are, without quotes, folding or anchors", async () => {
    const store = await fixture.open();
    const shared = { same: "object" };
    const content = `First line, ${"long ".repeat(60)}\n\n  indented\nlast: line # no comment`;
    await store.create({ id: "a", messages: [{ role: "user", content, x: shared, y: shared }] });
    const lines = fixture.read("a").split("\n");
    for (const line of content.split("\n")) expect(lines.map((found) => found.trim())).toContain(line.trim());
    expect(fixture.read("a")).not.toMatch(/[&*]a1/);
    expect(lines.filter((line) => line.startsWith("..."))).toHaveLength(2);
  });

  it("comments, other styles and a reflowed footer are read, and survive appends", async () => {
    const store = await fixture.open();
    await store.create({ id: "a", title: "Title", messages: [user("one")] });
    fixture.edit("a", "head:", "# about the session\nhead: # here");
    fixture.edit("a", "content: one", "content: >-\n        folded\n        text");
    fixture.edit("a", "title: Title", "title: 'It''s mine'");
    fixture.edit("a", 'footer: {"revision":1', 'footer: {\n  "revision": 1');
    expect(await contents(store, "a")).toEqual(["folded text"]);
    expect(await store.head("a")).toMatchObject({ title: "It's mine", revision: 1 });
    await store.append("a", user("two"));
    expect(await contents(await fixture.open(), "a")).toEqual(["folded text", "two"]);
    expect(fixture.read("a")).toContain("# about the session");
  });

  it("documents may be divided by --- as well, and by both", async () => {
    const store = await fixture.open();
    await store.create({ id: "a", title: "T", messages: [user("one")] });
    await store.append("a", user("two"));
    const text = fixture.read("a");
    for (const divided of [
      text.replaceAll("...\n", "---\n"),
      `---\n${text.replaceAll("...\n", "...\n---\n")}`,
      text.replaceAll("...\n", "... # end\n\n"),
    ]) {
      fixture.write("a", divided);
      expect(await contents(store, "a")).toEqual(["one", "two"]);
      await store.append("a", user("three"));
      expect(await contents(store, "a")).toEqual(["one", "two", "three"]);
    }
  });

  it("a file that another program parsed and wrote again is the same session", async () => {
    const store = await fixture.open();
    await store.create({ id: "a", title: "T", messages: [user("one\ntwo")] });
    for (const text of ["2", "3", "4"]) await store.append("a", user(text));
    await store.append("a", user("four"), { replaceFrom: 4 });
    const documents = parseAllDocuments(fixture.read("a"));
    const sorted = documents.map((document) =>
      stringify(document.toJS(), { sortMapEntries: true, indent: 4, lineWidth: 40 }),
    );
    fixture.write("a", sorted.join("---\n"));
    const expected = ["one\ntwo", "2", "3", "four"];
    expect(await contents(store, "a")).toEqual(expected);
    expect(await store.head("a")).toMatchObject({ revision: 5, messageCount: 4, title: "T" });
    await store.truncate("a", 3);
    await store.append("a", user("5"));
    expect(await contents(await fixture.open(), "a")).toEqual([...expected.slice(0, 3), "5"]);
  });

  // Without the line behind the header, the first messages went with the next write; without that behind a record, `keep` cut nothing.
  it.each(["", "# .\n"])(
    "a line that ends a document and was made %j is missed, not what follows it",
    async (instead) => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one"), user("two")] });
      await store.truncate("a", 1);
      await store.update("a", { title: "T" });
      const before = fixture.read("a");
      const ends = [...before.matchAll(/^\.\.\.\n/gm)].map(({ index }) => index);
      expect(ends).toHaveLength(4);
      for (const at of ends.slice(0, -1)) {
        const edited = `${before.slice(0, at)}${instead}${before.slice(at + 4)}`;
        fixture.write("a", edited);
        await expect(store.load("a")).rejects.toMatchObject({
          code: "SESSION_CORRUPTED",
          position: expect.stringMatching(/^line \d+, column \d+$/),
        });
        await store.repair("a");
        expect(fixture.aside("a").map((path) => readFileSync(path, "utf8"))).toContain(edited);
      }
    },
  );

  it.each([
    { what: "an alias", value: "*b" },
    { what: "a tag", value: "!secret one" },
    { what: "a language's own tag", value: "!!js/function one" },
    // These were read as what JSON does not have: bytes, a set, a date.
    { what: "the tag of bytes", value: "!!binary aGVsbG8=" },
    { what: "the tag of a set", value: "!!set {a, b}" },
    { what: "the tag of a time", value: "!!timestamp 2026-01-31" },
    { what: "a list as a key", value: "one\n      ? [a, b]\n      : c", linesBelow: 1 },
    { what: "a map as a key", value: "{ { a: 1 }: c }" },
    { what: "a number that JSON does not have", value: ".nan" },
    { what: "an infinite number", value: "-.inf" },
    { what: "a key that is there twice", value: "one\n      content: two", linesBelow: 1 },
    { what: "a value that begins with a tab", value: "one\n\tx: y", linesBelow: 1 },
  ])("load() rejects SESSION_CORRUPTED with the place of $what", async ({ value, linesBelow = 0 }) => {
    const found = "content: one";
    const store = await fixture.open();
    await store.create({ id: "a", messages: [user("begin"), user("one")] });
    const line =
      fixture
        .read("a")
        .split("\n")
        .findIndex((text) => text.includes(found)) +
      1 +
      linesBelow;
    fixture.edit("a", found, `content: ${value}`);
    await expect(store.load("a")).rejects.toMatchObject({
      code: "SESSION_CORRUPTED",
      position: expect.stringMatching(new RegExp(`^line ${line}, column \\d+$`)),
    });
  });

  it("a bomb of aliases and nesting without end are refused at once", async () => {
    const store = await fixture.open();
    await store.create({ id: "a", messages: [user("one")] });
    const bomb = [
      "a: &a [x, x]",
      ...Array.from("bcdefghi", (name, n) => `${name}: &${name} [*${"abcdefgh"[n]}, *${"abcdefgh"[n]}]`),
    ];
    for (const text of [`${bomb.join("\n")}\n`, `deep: ${"[".repeat(100_000)}\n`]) {
      const before = fixture.read("a");
      fixture.write("a", `${before}${text}...\n`);
      const started = performance.now();
      await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      expect(performance.now() - started).toBeLessThan(5000);
      fixture.write("a", before);
    }
  });
});
