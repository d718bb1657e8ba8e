import fs from "node:fs";
import { crc32 } from "node:zlib";
import { snapshotOf } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format } from "./engine-fixture.js";

/** What is said of files that somebody, or some disk, has changed: each with the place and the reason, and never a wrong answer. */
export function damageTests(format: Format): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  /** Puts another text in the place of one, as long as it: what is to be read then is found where it always was. */
  function overwrite(id: string, found: string | RegExp, replacement: string, offset = 0): void {
    const text = fixture.read(id);
    const at =
      offset +
      (typeof found === "string" ? text.slice(offset) : text.slice(offset)).search(
        typeof found === "string" ? found.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : found,
      );
    const old = typeof found === "string" ? found : (found.exec(text.slice(offset))?.[0] ?? "");
    if (at < offset || replacement.length > old.length) throw new Error(`${found} cannot be overwritten`);
    fixture.write(id, text.slice(0, at) + replacement.padEnd(old.length) + text.slice(at + old.length));
  }

  const corrupted = (reason: string | RegExp): object => ({
    code: "SESSION_CORRUPTED",
    message: expect.stringMatching(reason),
  });

  describe(`${codec.name}: damage`, () => {
    const time = "2026-01-31T12:00:00.000Z";
    it.each([
      [{ head: 1 }, /head must be a mapping/],
      [{ entries: 1 }, /entries must be a list/],
      [{ entries: [{ message: 1 }] }, /needs a message/],
      [{ entries: [{ at: "soon", message: {} }] }, /at must be an ISO 8601/],
      [{ operations: 1 }, /operations must be a list/],
      [{ operations: [{ id: "x" }] }, /an operation needs id and fingerprint/],
      [{ operation: "x" }, /an operation needs id and fingerprint/],
      [{ keep: -1 }, /keep must be a whole number/],
      [{ footer: { revision: -1, messageCount: 0, size: 1 } }, /footer is not what/],
      [{ footer: { revision: 2, messageCount: 0, size: 1, usage: {} } }, /footer is not what/],
      [["no record"], /a record must be a mapping/],
      [{ head: { title: 1 } }, /head.title must be text/],
      [{ head: { preview: 1 } }, /head.preview must be text/],
      [{ head: { previewSeq: -1 } }, /head.previewSeq must be a whole number/],
      [{ head: { labels: [1] } }, /head.labels must be a list/],
      [{ head: { metadata: { a: {} } } }, /head.metadata must be flat/],
      [{ head: { pinned: 1 } }, /head.pinned must be true or false/],
      [{ head: { archived: 1 } }, /head.archived must be true or false/],
      [{ head: { parent: { id: 1 } } }, /head.parent must be null/],
      [{ head: { createdAt: "soon" } }, /head.createdAt must be an ISO 8601/],
      [{ head: { state: 1 } }, /head.state must be a mapping/],
    ])(
      "a record with %j is SESSION_CORRUPTED for a reason that a person can mend",
      async (record, reason) => {
        const store = await fixture.open();
        await store.create({ id: "a", messages: [user("one")] });
        fs.appendFileSync(fixture.path("a"), handWritten(record));
        await expect(store.load("a")).rejects.toMatchObject(corrupted(reason));
        await expect(store.head("a")).rejects.toMatchObject(corrupted(/line \d+, column 1/));
        expect(fixture.read("a")).toContain(handWritten(record));
      },
    );

    it.each([
      ["operation: null", { operation: { id: "x", fingerprint: "y", previous: "nonsense" } }],
      [
        "a footer with a wrong operation",
        {
          footer: {
            revision: 9,
            messageCount: 1,
            size: 1,
            usage: { inputTokens: 0, outputTokens: 0 },
            at: time,
            epoch: "e",
            head: [1, 2],
            operation: 1,
          },
        },
      ],
      [
        "a footer with wrong cuts",
        {
          footer: {
            revision: 9,
            messageCount: 1,
            size: 1,
            usage: { inputTokens: 0, outputTokens: 0 },
            at: time,
            epoch: "e",
            head: [1, 2],
            cuts: -1,
          },
        },
      ],
    ])("a record with %s is refused, or taken for what it says", async (_what, record) => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      fs.appendFileSync(fixture.path("a"), handWritten(record));
      if ("footer" in record)
        await expect(store.load("a")).rejects.toMatchObject(corrupted(/footer is not what/));
      else expect(await contents(store, "a")).toEqual(["one"]);
    });

    it.each([
      [{ format: "one" }, /no format version/],
      [{ id: 7 }, /id and namespace as text/],
      [{ createdAt: "soon" }, /createdAt is no ISO/],
      [{ kind: "other" }, /does not begin with a header/],
    ])(
      "a header with %j is SESSION_CORRUPTED for a reason that a person can mend",
      async (fields, reason) => {
        const store = await fixture.open();
        await store.create({ id: "a", messages: [user("one")] });
        const header = { kind: "agent-sessions", format: "1.0", id: "a", namespace: "", createdAt: time };
        fixture.write("a", handWritten({ ...header, ...fields }) + handWritten({ entries: [] }));
        await expect(store.load("a")).rejects.toMatchObject(corrupted(reason));
      },
    );

    it("a title of the wrong kind, as long as the right one, is SESSION_CORRUPTED at its place", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "Tttt" });
      overwrite("a", /"Tttt"|Tttt/, "1");
      await expect(store.head("a")).rejects.toMatchObject(corrupted(/head.title must be text/));
      overwrite("a", /1 {3,}/, "}");
      await expect(store.head("a")).rejects.toMatchObject(corrupted(/valid/));
    });

    it("entries of the wrong kind, as long as the right ones, are SESSION_CORRUPTED from either side", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      await store.append("a", user("two"));
      const list =
        codec.name === "json"
          ? /\[\{"at".*?two"\}\}\]/
          : /\n {2}- at: [^\n]*\n {4}message:\n[^\n]*\n[^\n]*two/;
      const whole = fixture.read("a");
      const second = whole.indexOf("two") - 120;
      overwrite("a", list, " 1", whole.indexOf("entries", second));
      for (const order of ["asc", "desc"] as const)
        await expect(collect(store.messages("a", { order }))).rejects.toMatchObject(
          corrupted(/entries must be a list/),
        );
      expect(await store.exists("a")).toBe(true);
    });

    // From the newest on it was SESSION_CONFLICT, with the advice to read again, for ever.
    it("a message that was taken out without a change of the file's size is SESSION_CORRUPTED from either side, until repair() counts again", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      for (const text of ["two", "three"]) await store.append("a", user(text));
      overwrite("a", "entries", "entriez", fixture.read("a").indexOf("two") - 120);
      for (const order of ["asc", "desc"] as const)
        await expect(collect(store.messages("a", { order }))).rejects.toMatchObject(
          corrupted(/repair\(\) counts them again/),
        );
      expect(await collect(store.verify())).toMatchObject([
        { id: "a", fault: "counters-differ", repairable: true },
      ]);
      const report = await store.repair();
      expect([report.repaired.length, report.remaining]).toEqual([1, []]);
      expect(await store.repair()).toEqual({ repaired: [], setAside: [], remaining: [] });
      expect(await contents(store, "a")).toEqual(["one", "three"]);
      expect(await store.head("a")).toMatchObject({ messageCount: 2 });
    });

    // Read forwards, as many as the footers count were given, and the last ones left out without a word.
    it("a message that was put in without a change of the file's size is SESSION_CORRUPTED from either side, until repair() counts again", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      for (const text of ["one", "two ".repeat(50), "three"]) await store.append("a", user(text));
      const records = format.pieces(fixture.read("a")).map(({ text }) => text);
      const at = records.findIndex((text) => text.includes("two two"));
      const withTwo = (pad: number): string =>
        handWritten({ entries: ["A", `B${"x".repeat(pad)}`].map((text) => ({ message: user(text) })) });
      records[at] = withTwo((records[at]?.length ?? 0) - withTwo(0).length);
      fixture.write("a", records.join(""));
      for (const order of ["asc", "desc"] as const)
        await expect(collect(store.messages("a", { order }))).rejects.toMatchObject(
          corrupted(/repair\(\) counts them again/),
        );
      await store.repair("a");
      expect(await contents(store, "a")).toEqual(["one", "A", expect.stringMatching(/^Bx+$/), "three"]);
      expect(await collect(store.verify())).toEqual([]);
    });

    it.each([
      ["fingerprint", "fingerprinT", "refused"],
      ["operations", "operationZ", "forgotten"],
    ])("remembered operations whose %s was renamed are %s.%s", async (found, replacement, outcome) => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      await store.append("a", user("one"), { operationId: "op" });
      if (outcome === "forgotten") await store.save("a", { messages: [user("one")] });
      overwrite("a", found, replacement);
      const again = store.append("a", user("one"), { operationId: "op" });
      if (outcome === "refused") await expect(again).rejects.toMatchObject(corrupted(/an operation needs/));
      else expect((await again).messageCount).toBe(2);
    });

    it("NUL bytes in a closed record are its torn end when it is the last, and damage when another follows", async () => {
      const store = await fixture.open();
      for (const id of ["torn", "damaged"]) {
        await store.create({ id, messages: [user("one")] });
        await store.append(id, user("two-two"));
        if (id === "damaged") await store.append(id, user("three"));
        const bytes = fs.readFileSync(fixture.path(id));
        bytes.fill(0, bytes.indexOf("two-two"), bytes.indexOf("two-two") + 7);
        fixture.write(id, bytes);
        // A change of the size, so that the log is read whole.
        fs.appendFileSync(fixture.path(id), id === "damaged" ? handWritten({}) : "");
      }
      expect(await contents(store, "torn")).toEqual(["one"]);
      expect(await collect(store.verify())).toMatchObject([
        { id: "damaged", fault: "unreadable", repairable: true },
        { id: "torn", fault: "torn-tail", repairable: true },
      ]);
      await expect(store.load("damaged")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      const report = await store.repair();
      expect([report.setAside.length, report.remaining]).toEqual([2, []]);
      expect([await contents(store, "torn"), await contents(store, "damaged")]).toEqual([
        ["one"],
        ["one", "three"],
      ]);
    });

    it("a session that a newer version closed to this one is STORE_INCOMPATIBLE, and stays as it is", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      const text = fixture.read("a");
      const [footer = ""] = /\{"revision":.*?"check":"[0-9a-f]{8}"\}/.exec(text) ?? [];
      const before = footer.slice(0, -',"check":"00000000"}'.length);
      const grown = `${before},"critical":true`.replace(
        /"size":\d+/,
        `"size":${text.length + ',"critical":true'.length}`,
      );
      const sealed = `${grown},"check":"${crc32(grown).toString(16).padStart(8, "0")}"}`;
      fixture.write(
        "a",
        text.replace(footer, () => sealed),
      );
      await expect(store.head("a")).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
      expect((await store.repair("a")).remaining).toMatchObject([
        { fault: "incompatible", repairable: false },
      ]);
      expect(fixture.read("a")).toContain('"critical":true');
    });

    it("a header that a newer version made long is read, and carried along", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "T" });
      const header = `header ${"h".repeat(6000)}`;
      const kind = codec.name === "json" ? '"kind"' : "kind:";
      fixture.edit(
        "a",
        kind,
        codec.name === "json" ? `"more":"${header}",${kind}` : `more: ${header}\n${kind}`,
      );
      await store.append("a", user("x".repeat(30_000)));
      await store.append("a", user("two"));
      expect(await store.head("a")).toMatchObject({ title: "T", messageCount: 2 });
      await store.save("a", { messages: [] });
      expect(fixture.read("a")).toContain(header);
    });

    it("a header that runs into the first record is SESSION_CORRUPTED", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("x".repeat(30_000))] });
      overwrite("a", codec.headerEnd, codec.name === "json" ? "} " : "   \n");
      await expect(store.head("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
    });

    it("records that a person added are counted, sought and searched like others once the next write has gone on behind them", async () => {
      const store = await fixture.open();
      const texts = Array.from({ length: 60 }, (_, n) => `${n} ${"x".repeat(4000)}`);
      await store.create({ id: "a" });
      for (const text of texts.slice(0, 30)) await store.append("a", user(text));
      const own = Array.from({ length: 20 }, (_, n) => `by hand ${n} ${"y".repeat(4000)}`);
      fs.appendFileSync(
        fixture.path("a"),
        own.map((text) => handWritten({ entries: [{ message: user(text) }] })).join(""),
      );
      for (const text of texts.slice(30)) await store.append("a", user(text));
      const all = [...texts.slice(0, 30), ...own, ...texts.slice(30)];
      for (const after of [5, 31, 40, 49, 75]) {
        for (const order of ["asc", "desc"] as const) {
          const found = await collect(store.messages("a", { after, before: after + 3, order }));
          const expected = all.slice(after, after + 2);
          expect(found.map(({ message }) => message.content)).toEqual(
            order === "asc" ? expected : expected.reverse(),
          );
        }
      }
      const hits = await collect(store.search("by hand 7"));
      expect(hits.map(({ seq }) => seq)).toEqual([38, 48]);
    });

    it("messages() of a file that another program cuts short meanwhile ends in SESSION_CONFLICT", async () => {
      const store = await fixture.open();
      for (const order of ["asc", "desc"] as const) {
        await store.create({ id: order });
        for (let n = 0; n < 16; n++) await store.append(order, user("x".repeat(100_000)));
        const entries = store.messages(order, { order })[Symbol.asyncIterator]();
        await entries.next();
        fs.truncateSync(fixture.path(order), 1000);
        const rest = collect({ [Symbol.asyncIterator]: () => entries });
        await expect(rest).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
      }
    });

    // create() and restore() wrote it, and nobody could read it afterwards; JSON read it up to the length of a whole batch.
    it("a message of more than maxRecordBytes is refused by whatever writes it, and smaller ones are written in parts", async () => {
      const store = await fixture.open({ maxRecordBytes: 64 * 1024 });
      const large = user("x".repeat(80_000));
      await store.create({ id: "a", messages: [user("kept")] });
      const { head } = await snapshotOf(store, "a");
      const entries = [{ seq: 1, at: head.updatedAt, message: large }];
      for (const write of [
        () => store.create({ id: "b", messages: [large] }),
        () => store.save("a", { messages: [large] }),
        () => store.append("a", large),
        () => store.restore({ head, entries }),
      ])
        await expect(write()).rejects.toMatchObject({
          code: "STORE_IO",
          message: expect.stringContaining("maxRecordBytes"),
        });
      expect([await store.exists("b"), (await store.load("a")).messages]).toEqual([false, [user("kept")]]);
      const many = Array.from({ length: 40 }, (_, n) => user(`${n} `.repeat(2000)));
      await store.save("a", { messages: many, state: { text: "x".repeat(50_000) } });
      await store.fork("a", { id: "c" });
      for (const id of ["a", "c"]) expect((await store.load(id)).messages).toEqual(many);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("a record of more than maxRecordBytes that another option let in is refused when it is read, whatever its length", async () => {
      const generous = await fixture.open();
      const strict = await fixture.open({ maxRecordBytes: 64 * 1024 });
      for (const characters of [80_000, 400_000, 700_000]) {
        const id = `${characters}`;
        await generous.create({ id, messages: [user("x".repeat(characters)), user("y")] });
        for (const order of ["asc", "desc"] as const)
          await expect(collect(strict.messages(id, { order }))).rejects.toMatchObject(
            corrupted(/maxRecordBytes/),
          );
      }
    });

    it("a record of more than maxRecordBytes is refused, written and read", async () => {
      const store = await fixture.open({ maxRecordBytes: 64 * 1024 });
      await store.create({ id: "a" });
      const large = [user("x".repeat(700_000))];
      await expect(store.append("a", large)).rejects.toMatchObject({
        code: "STORE_IO",
        message: expect.stringContaining("maxRecordBytes"),
      });
      await (await fixture.open()).append("a", large);
      for (const order of ["asc", "desc"] as const)
        await expect(collect(store.messages("a", { order }))).rejects.toMatchObject(
          corrupted(/maxRecordBytes/),
        );
    });
  });
}
