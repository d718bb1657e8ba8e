import fs from "node:fs";
import { type JsonObject, SessionStoreError } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { collect, EngineFixture, type Format } from "./engine-fixture.js";

/** A file as it was, and what a person makes of it. */
export interface HandEdit {
  readonly what: string;
  readonly edit: (file: EditedFile) => string;
  /** What is read afterwards; left out: what was there before. "refused": SESSION_CORRUPTED with the line given. */
  readonly texts?: readonly string[] | "refused";
  readonly title?: string;
  readonly usage?: number;
}

export interface EditedFile {
  readonly text: string;
  /** Header, creation, one, two, three, four and five in one record, cut to 4, last. */
  readonly records: readonly string[];
}

const BEFORE: readonly string[] = ["one", "two\nlines", "three", "four", "last"];

/** What people and their editors do to a file, one thing at a time: served, or refused with its place. */
export function handEditTableTests(format: Format, own: readonly HandEdit[] = []): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): JsonObject => ({ role: "user", content });
  const without = (records: readonly string[], index: number): string =>
    records.filter((_, at) => at !== index).join("");
  const put = (records: readonly string[], index: number, record: string): string =>
    [...records.slice(0, index), record, ...records.slice(index)].join("");

  const edits: readonly HandEdit[] = [
    { what: "nothing, saved by an editor", edit: ({ text }) => text },
    {
      what: "a longer text in a message",
      edit: ({ text }) => text.replace("three", "three and a half"),
      texts: ["one", "two\nlines", "three and a half", "four", "last"],
    },
    {
      what: "an equally long text in a message",
      edit: ({ text }) => text.replace("three", "drei!"),
      texts: ["one", "two\nlines", "drei!", "four", "last"],
    },
    {
      what: "an equally long text in the last message",
      edit: ({ text }) => text.replace("last", "LAST"),
      texts: ["one", "two\nlines", "three", "four", "LAST"],
    },
    {
      what: "the title in the newest head",
      edit: ({ text }) => replaceLast(text, "Title", "A better title"),
      title: "A better title",
    },
    {
      what: "an equally long title",
      edit: ({ text }) => replaceLast(text, "Title", "TITLE"),
      title: "TITLE",
    },
    {
      what: "the title in a head that is history",
      edit: ({ text }) => text.replace("Title", "An old title"),
    },
    {
      what: "a record added at the end",
      edit: ({ text }) => text + handWritten({ entries: [{ message: user("by hand") }] }),
      texts: [...BEFORE, "by hand"],
    },
    {
      what: "a record added in the middle",
      edit: ({ records }) => put(records, 3, handWritten({ entries: [{ message: user("between") }] })),
      texts: ["one", "between", "two\nlines", "three", "four", "last"],
    },
    {
      what: "a new head added at the end",
      edit: ({ text }) => text + handWritten({ head: { title: "Added" } }),
      title: "Added",
    },
    {
      what: "a message in the middle deleted",
      edit: ({ records }) => without(records, 3),
      texts: ["one", "three", "four", "last"],
    },
    {
      what: "the last record deleted",
      edit: ({ records }) => without(records, records.length - 1),
      texts: ["one", "two\nlines", "three", "four", "five"],
      usage: 0,
    },
    {
      what: "a message in the middle doubled",
      edit: ({ records }) => put(records, 3, records[3] ?? ""),
      texts: ["one", "two\nlines", "two\nlines", "three", "four", "last"],
    },
    {
      what: "the last record doubled",
      edit: ({ text, records }) => text + (records.at(-1) ?? ""),
      texts: BEFORE,
    },
    {
      what: "messageCount in the last footer",
      edit: ({ records }) => changeLast(records, /"messageCount":5/, '"messageCount":7'),
    },
    {
      what: "messageCount in every footer",
      edit: ({ text }) => text.replaceAll(/"messageCount":\d+/g, '"messageCount":99'),
    },
    {
      what: "the usage in the last footer, equally long",
      edit: ({ records }) => changeLast(records, /"inputTokens":8/, '"inputTokens":9'),
      usage: 9,
    },
    {
      what: "the usage in the last footer, longer",
      edit: ({ records }) => changeLast(records, /"inputTokens":8/, '"inputTokens":1000'),
      usage: 1000,
    },
    {
      what: "the revision in the last footer",
      edit: ({ records }) => changeLast(records, /"revision":\d+/, '"revision":1'),
    },
    {
      what: "the place of the head in the last footer",
      edit: ({ records }) => changeLast(records, /"head":\[\d+/, '"head":[9'),
    },
    {
      what: "a footer that is none any more",
      edit: ({ records }) => changeLast(records, /"head":\[\d/, '"head":[x'),
      texts: "refused",
    },
    {
      what: "nonsense in the last footer",
      edit: ({ records }) => changeLast(records, /"revision":\d/, '"revision":-'),
      texts: "refused",
    },
    {
      what: "the number of cuts in the last footer",
      edit: ({ records }) => changeLast(records, /"cuts":1/, '"cuts":0'),
    },
    {
      what: "the fields of the last record in another order",
      edit: ({ records }) => reorder(records, records.length - 1),
    },
    { what: "the fields of every record in another order", edit: ({ records }) => reorder(records, null) },
    { what: "Windows line ends", edit: ({ text }) => text.replaceAll("\n", "\r\n") },
    { what: "a byte order mark", edit: ({ text }) => `\ufeff${text}` },
    { what: "the final line break left out", edit: ({ text }) => text.slice(0, -1) },
    { what: "blank lines between the records", edit: ({ records }) => records.join("\n\n") },
    {
      what: "blanks at the ends of records",
      edit: ({ records }) => records.map((record) => record.replace(/\n$/, " \t \n")).join(""),
    },
    {
      what: "an addition that is not closed",
      edit: ({ text }) =>
        text + handWritten({ entries: [{ message: user("open") }] }).replace(/(?:\.\.\.)?\n$/, ""),
    },
    ...["{", "]", '"'].map(
      (slip): HandEdit => ({
        what: `a slip of the keyboard (${JSON.stringify(slip)}) before a record`,
        edit: ({ records }) => put(records, 3, `${slip}${handWritten({ entries: [] })}`),
        texts: "refused",
      }),
    ),
    { what: "the beginning of the header deleted", edit: ({ text }) => text.slice(2), texts: "refused" },
    { what: "everything deleted", edit: () => "", texts: "refused" },
    ...own,
  ];

  describe(`${codec.name}: one edit by hand`, () => {
    it.each(edits)("$what: is served or refused, by every read, and nothing is lost", async (edit) => {
      await make();
      const text = fixture.read("a");
      const edited = edit.edit({ text, records: recordsOf(text) });
      if (edit.what !== "nothing, saved by an editor") expect(edited).not.toBe(text);
      fixture.write("a", edited);
      if (edit.texts === "refused") return await isRefused(edited);
      await isServed(edit, edit.texts ?? BEFORE);
    });

    // It was read as if the record cut nothing, and what it had cut away came back in windows of the transcript.
    it("a record in the middle that cuts, with its fields in another order, still cuts", async () => {
      const store = await make();
      await store.append("a", user("six"));
      const records = recordsOf(fixture.read("a"));
      const at = records.length - 2;
      for (const order of [0.3, 0.6, 0.9]) {
        const moved = format.reorder(records[at] ?? "", order);
        fixture.write("a", [...records.slice(0, at), moved, ...records.slice(at + 1)].join(""));
        const texts = [...BEFORE, "six"];
        for (const after of [0, 1, 2, 3, 4])
          for (const query of ["asc", "desc"] as const) {
            const found = await collect(
              (await fixture.open()).messages("a", { after, before: after + 2, order: query }),
            );
            expect(found.map(({ message }) => message.content)).toEqual(texts.slice(after, after + 1));
          }
      }
    });

    it("an editor that renames a new file into place, with another mode, changes nothing else", async () => {
      const store = await make();
      const held = await fixture.open();
      await held.head("a");
      const renamed = `${fixture.path("a")}~`;
      fs.writeFileSync(renamed, fixture.read("a").replace("three", "by vim"), { mode: 0o644 });
      fs.renameSync(renamed, fixture.path("a"));
      for (const handle of [store, held])
        expect((await handle.load("a")).messages.map(({ content }) => content)).toEqual(
          BEFORE.map((item) => (item === "three" ? "by vim" : item)),
        );
      expect((await held.append("a", user("next"))).messageCount).toBe(6);
      expect(fs.statSync(fixture.path("a")).mode & 0o777).toBe(0o644);
    });
  });

  async function make(): Promise<Awaited<ReturnType<typeof fixture.open>>> {
    const store = await fixture.open();
    await store.create({ id: "a", title: "Title", labels: ["x"], state: { n: 1 } });
    for (const content of ["one", "two\nlines", "three"]) await store.append("a", user(content));
    await store.append("a", [user("four"), user("five")]);
    await store.append("a", user("last"), { replaceFrom: 5, usage: { inputTokens: 8 } });
    return store;
  }

  async function isServed(edit: HandEdit, texts: readonly string[]): Promise<void> {
    const { title = "Title", usage = 8 } = edit;
    for (const when of ["after the edit", "after the next write"]) {
      const store = await fixture.open();
      const session = await store.load("a");
      const expected = when === "after the edit" ? texts : [...texts, "next"];
      expect(session.messages.map(({ content }) => content)).toEqual(expected);
      const { sessions } = await store.list();
      for (const head of [session, await store.head("a"), sessions[0]])
        expect(head).toMatchObject({
          title,
          messageCount: expected.length,
          labels: ["x"],
          usage: { inputTokens: usage },
        });
      expect(
        (await collect(store.messages("a", { order: "desc" }))).map(({ seq, message }) => [
          seq,
          message.content,
        ]),
      ).toEqual(expected.map((content, index) => [index + 1, content]).reverse());
      expect(
        (await collect(store.messages("a", { after: 1, before: 4 }))).map(({ message }) => message.content),
      ).toEqual(expected.slice(1, 3));
      if (when === "after the edit") await store.append("a", user("next"));
    }
    expect((await collect((await fixture.open()).verify())).map(({ fault }) => fault)).toEqual([]);
  }

  async function isRefused(edited: string): Promise<void> {
    const store = await fixture.open();
    for (const call of [
      () => store.load("a"),
      () => store.head("a"),
      () => store.append("a", user("next")),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
      // Where, unless there is nothing; and what to do.
      if (edited !== "") expect(error.message).toMatch(/line \d+, column \d+/);
      expect(error.message).toMatch(/mend it|repair\(\)|restore/);
    }
    expect((await store.list()).unreadable).toMatchObject([{ id: "a", code: "SESSION_CORRUPTED" }]);
    expect(fixture.read("a")).toBe(edited);
  }

  function reorder(records: readonly string[], which: number | null): string {
    return records
      .map((record, index) =>
        index > 0 && (which === null || index === which) ? format.reorder(record, 0.3) : record,
      )
      .join("");
  }

  function changeLast(records: readonly string[], found: RegExp, replacement: string): string {
    const last = records.at(-1) ?? "";
    return [...records.slice(0, -1), last.replace(found, replacement)].join("");
  }

  function recordsOf(text: string): string[] {
    const bytes = Buffer.from(text);
    const records: string[] = [];
    for (
      let start = 0, end = codec.findEnd(bytes, 0);
      end !== -1;
      start = end, end = codec.findEnd(bytes, end)
    )
      records.push(bytes.toString("utf8", start, end));
    return records;
  }
}

function replaceLast(text: string, found: string, replacement: string): string {
  const at = text.lastIndexOf(found);
  return text.slice(0, at) + replacement + text.slice(at + found.length);
}
