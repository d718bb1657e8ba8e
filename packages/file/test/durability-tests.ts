import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordCalls } from "./call-recorder.js";
import { collect, contents, EngineFixture, type Format } from "./engine-fixture.js";

/** What ends a record behind its footer: a line break and, in YAML, the end of the document. */
const MAX_CLOSING_BYTES = 5;

/** What is read and written, in which order, and what stays behind. */
export function durabilityTests(format: Format): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  describe(`${codec.name}: on disk`, () => {
    it("append() to a session of 10,000 messages reads its tail and its beginning, and writes one record", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "T" });
      await store.append(
        "a",
        Array.from({ length: 10_000 }, (_, n) => user(`message ${n}`)),
      );
      await store.append("a", user("one more"));
      const before = fs.statSync(fixture.path("a")).size;
      // The first store reads the session for its index, whenever that is due.
      await store.close();
      const fresh = await fixture.open();
      const calls = (await recordCalls(fixture.folder, () => fresh.append("a", user("and another")))).filter(
        ({ on }) => on === "session",
      );
      const reads = calls.filter(({ name }) => name === "read");
      expect(reads.length).toBeLessThanOrEqual(3);
      expect(reads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(3 * 8192);
      expect(calls.filter(({ name }) => name === "write")).toHaveLength(1);
      expect(fs.statSync(fixture.path("a")).size - before).toBeLessThan(600);
    });

    it("a log that is mostly history is rewritten by a write, never by a read, and keeps what it remembers", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "T", messages: [user("first")] });
      await store.append("a", user("draft"), { operationId: "op" });
      let largest = 0;
      for (let n = 0; n < 400; n++) {
        await store.append("a", user(`draft ${n} ${"x".repeat(4000)}`), { replaceFrom: 2 });
        largest = Math.max(largest, fs.statSync(fixture.path("a")).size);
      }
      expect(largest).toBeLessThan(600_000);
      expect(await contents(store, "a")).toEqual(["first", expect.stringContaining("draft 399")]);
      await store.append("a", user("draft"), { operationId: "op" });
      expect(await store.head("a")).toMatchObject({ messageCount: 2, revision: 402, title: "T" });
    });

    it("large sessions are rewritten in records of bounded size, and read back in bounded batches", async () => {
      const store = await fixture.open();
      const messages = Array.from({ length: 60 }, (_, n) => user(`${n} ${"y".repeat(30_000)}`));
      await store.save("a", { messages });
      const bytes = fs.readFileSync(fixture.path("a"));
      let start = 0;
      for (let end = codec.findEnd(bytes, 0); end !== -1; end = codec.findEnd(bytes, end)) {
        // A record is parsed in one go: 256 KiB of YAML held the event loop for 100 ms.
        expect(end - start).toBeLessThan(codec.batchBytes);
        start = end;
      }
      expect((await store.load("a")).messages).toEqual(messages);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("a rewritten session whose last record is missing is SESSION_CORRUPTED, not a shorter session", async () => {
      const store = await fixture.open();
      await store.save("a", {
        messages: Array.from({ length: 30 }, (_, n) => user(`${n} ${"y".repeat(30_000)}`)),
      });
      const bytes = fs.readFileSync(fixture.path("a"));
      fixture.write("a", bytes.subarray(0, codec.findStart(bytes, bytes.length)));
      await expect(store.head("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
      await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
    });

    it("delete() leaves no lock file, and a failed write to a missing session leaves no folder", async () => {
      const store = await fixture.open();
      await expect(store.append("nobody", user("x"))).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
      await expect(store.withLock("nobody", async () => undefined)).rejects.toMatchObject({
        code: "SESSION_NOT_FOUND",
      });
      expect(await store.delete("nobody")).toBe(false);
      expect(fs.existsSync(fixture.folder)).toBe(false);
      await store.create({ id: "a" });
      await store.create({ id: "b" });
      await store.delete("a");
      expect(fs.readdirSync(join(fixture.folder, `.locks.${codec.extension}`))).toEqual(["b.lock"]);
      await store.delete("b");
      expect(fs.readdirSync(fixture.folder).filter((name) => !name.startsWith(".index"))).toEqual([]);
    });

    it("a record that is cut at any byte is a torn end: what was committed before it stays, and a write goes on", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", title: "T", messages: [user("one")] });
      const before = fs.readFileSync(fixture.path("a"));
      const content = 'two\n  lines: "quoted" # no comment\n---\n日本語 é\n';
      await store.append("a", user(content), { usage: { inputTokens: 1 }, operationId: "op" });
      const whole = fs.readFileSync(fixture.path("a"));
      for (let end = before.length + 1; end < whole.length; end++) {
        fixture.write("a", whole.subarray(0, end));
        const isWhole = (await store.head("a")).messageCount === 2;
        // Only what closes a record may be missing from one that counts.
        if (isWhole) expect(whole.length - end).toBeLessThanOrEqual(MAX_CLOSING_BYTES);
        const kept = isWhole ? ["one", content] : ["one"];
        expect([end, await contents(store, "a")]).toEqual([end, kept]);
        await store.append("a", user("next"));
        expect([end, await contents(store, "a")]).toEqual([end, [...kept, "next"]]);
      }
    });

    it("torn bytes are kept, exactly, in a private file that is never listed", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      const end = fs.statSync(fixture.path("a")).size;
      await store.append("a", user("torn"));
      const torn = fs.readFileSync(fixture.path("a")).subarray(end, -30);
      fs.truncateSync(fixture.path("a"), end + torn.length);
      await store.append("a", user("two"));
      const [aside = "", ...others] = fixture.aside("a");
      expect(others).toEqual([]);
      expect(fs.readFileSync(aside)).toEqual(torn);
      expect(fs.statSync(aside).mode & 0o777).toBe(0o600);
      expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["a"]);
      expect(await contents(store, "a")).toEqual(["one", "two"]);
    });
  });
}
