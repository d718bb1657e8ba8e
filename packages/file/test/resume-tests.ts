import fs from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { LogMemory } from "../src/log-memory.js";
import { recordCalls } from "./call-recorder.js";
import { collect, contents, EngineFixture, type Format } from "./engine-fixture.js";

/** A store goes on from its own last commit without reading the log again: as long as nobody else has touched the file. */
export function resumeTests(format: Format): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  /** Replaces the last occurrence where it stands: the file keeps its size. */
  function changeInPlace(id: string, found: string, replacement: string): void {
    const fd = fs.openSync(fixture.path(id), "r+");
    const bytes = fs.readFileSync(fd);
    fs.writeSync(fd, Buffer.from(replacement), 0, undefined, bytes.lastIndexOf(found));
    fs.closeSync(fd);
  }

  describe(`${codec.name}: going on from the last commit`, () => {
    it("reads no more than the header, the newest head and the ending of the log", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("x".repeat(20_000))] });
      await store.append("a", user("one"));
      const calls = await recordCalls(fixture.folder, () => store.append("a", user("two")));
      const reads = calls.filter(({ name, on }) => name === "read" && on === "session");
      expect(reads).toHaveLength(2);
      for (const { bytes } of reads) expect(bytes).toBeLessThan(600);
    });

    it("sees what another store wrote in between", async () => {
      const [store, other] = [await fixture.open(), await fixture.open()];
      await store.create({ id: "a" });
      await store.append("a", user("one"));
      await other.append("a", user("two"));
      await other.update("a", { title: "theirs", state: { by: "other" } });
      const head = await store.append("a", user("three"));
      expect([head.title, head.state, head.messageCount]).toEqual(["theirs", { by: "other" }, 3]);
      expect(await contents(store, "a")).toEqual(["one", "two", "three"]);
    });

    it.each([
      ["near the beginning", ""],
      ["far from it", "x".repeat(20_000)],
    ])("sees an edit by hand, %s, that keeps the file's size and its times", async (_where, text) => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user(`zero ${text}`)] });
      await store.update("a", { title: "cat" });
      await store.append("a", user("one"));
      const { atime, mtime } = fs.statSync(fixture.path("a"));
      changeInPlace("a", "cat", "dog");
      fs.utimesSync(fixture.path("a"), atime, mtime);
      expect((await store.update("a", { labels: ["x"] })).title).toBe("dog");
      expect((await store.head("a")).title).toBe("dog");
    });

    it("believes no ending that was changed behind its back", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      await store.append("a", user("one"), { usage: { inputTokens: 7 } });
      changeInPlace("a", '"inputTokens":7', '"inputTokens":9');
      await store.append("a", user("two"));
      expect((await store.head("a")).usage.inputTokens).toBe(9);
      expect(await contents(store, "a")).toEqual(["one", "two"]);
      expect(await collect(store.verify())).toEqual([]);
    });

    it("keeps nothing that a caller can reach", async () => {
      const store = await fixture.open();
      const metadata = { project: "p" };
      await store.create({ id: "a", labels: ["l"], metadata, state: { deep: { n: 1 } } });
      for (let n = 0; n < 3; n++) {
        const head = (await store.append("a", user("x"), { usage: { inputTokens: 1 } })) as unknown as {
          labels: string[];
          metadata: Record<string, unknown>;
          usage: Record<string, number>;
          state: { deep: { n: number } };
        };
        head.labels.push("mine");
        head.metadata["project"] = "mine";
        head.usage["inputTokens"] = 1000;
        head.state.deep.n = 1000;
      }
      const last = await store.append("a", user("y"));
      expect(last).toMatchObject({ labels: ["l"], metadata, state: { deep: { n: 1 } } });
      expect(last.usage.inputTokens).toBe(3);
      expect(await store.head("a")).toEqual(last);
    });

    // The ending was a piece of the whole record: 256 sessions kept their last messages in memory, however long.
    it("keeps nothing of a long message in memory", async () => {
      const keep = vi.spyOn(LogMemory.prototype, "keep");
      const store = await fixture.open();
      await store.create({ id: "a" });
      for (const text of ["one", "two"]) await store.append("a", user(text.repeat(200_000)));
      const pieces = keep.mock.calls.flatMap(([, commit]) => commit?.pieces ?? []);
      keep.mockRestore();
      expect(pieces.length).toBeGreaterThan(2);
      for (const { bytes } of pieces) expect(bytes.buffer.byteLength).toBeLessThan(32 * 1024);
    });

    it("goes on from a head too long to be kept, and with more sessions than it remembers", async () => {
      const store = await fixture.open();
      const state = { text: "s".repeat(20_000) };
      await store.create({ id: "long", state });
      for (let n = 0; n < 3; n++) expect((await store.append("long", user(`${n}`))).state).toEqual(state);
      for (let n = 0; n < 260; n++) await store.append(`s${n}`, user("one"), { createIfMissing: true });
      for (const n of [0, 259, 0, 259]) await store.append(`s${n}`, user("more"));
      expect(await contents(store, "s0")).toEqual(["one", "more", "more"]);
      expect(await contents(store, "s259")).toEqual(["one", "more", "more"]);
      expect(await contents(store, "long")).toEqual(["0", "1", "2"]);
    });
  });
}
