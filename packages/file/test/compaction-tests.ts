import { fork } from "node:child_process";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Entry } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format, settled } from "./engine-fixture.js";

const WORKER = fileURLToPath(new URL("killed-worker.mjs", import.meta.url));

/** Logs and indexes that are written anew: what a killed writer leaves, and what those see who read meanwhile. `module` is the built package. */
export function compactionTests(format: Format, module: string, exportName: string): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });
  const draft = `draft ${"x".repeat(300_000)}`;

  /**
   * Has a process of its own work on a store, and be killed right before a call that changes something on disk.
   *
   * @param part only calls that name such a path count
   * @returns whether it came to its end before
   */
  function killedAt(
    call: number,
    work: "compact" | "delete" | "backup",
    options: { path: string; part?: string },
  ): Promise<boolean> {
    const { path, part = "" } = options;
    const child = fork(WORKER, [module, exportName, path, work, part, String(call)], { stdio: "inherit" });
    return new Promise((resolve, reject) => {
      child.once("exit", (code, signal) => {
        if (code === 0 || signal === "SIGKILL") resolve(code === 0);
        else reject(new Error(`the process ended with ${code ?? signal}`));
      });
    });
  }

  describe(`${codec.name}: written anew`, () => {
    it("a writer killed at any call of a compaction loses nothing, and what it leaves is not listed, reported and swept", async () => {
      const first = await fixture.open();
      await first.create({ id: "a", title: "T", messages: [user("first")] });
      await first.create({ id: "b", title: "Neighbour" });
      await first.append("a", user(draft));
      await first.close();
      const outcomes = new Set<string>();
      let leftovers = 0;
      for (let call = 1; ; call++) {
        const path = `${fixture.folder}-${call}`;
        fs.cpSync(fixture.folder, path, { recursive: true });
        const isDone = await killedAt(call, "compact", { path });
        const store = await fixture.open({ path });
        const found = await contents(store, "a");
        expect([draft, "final"]).toContain(found[1]);
        expect([found[0], found.length]).toEqual(["first", 2]);
        outcomes.add(String(found[1]));
        const listed = (await store.list({ orderBy: "id" })).sessions;
        expect(listed.map(({ id, title, messageCount }) => [id, title, messageCount])).toEqual([
          ["a", "T", 2],
          ["b", "Neighbour", 0],
        ]);
        const faults = (await collect(store.verify())).map(({ fault }) => fault);
        leftovers += faults.length;
        expect(faults.filter((fault) => fault !== "leftover")).toEqual([]);
        await store.append("a", user("goes on"));
        await store.create({ id: "c" });
        expect(fs.readdirSync(join(path, `.staging.${codec.extension}`))).toEqual([]);
        expect(await contents(store, "a")).toEqual([...found, "goes on"]);
        expect(await collect(store.verify())).toEqual([]);
        await store.close();
        if (isDone) break;
      }
      expect(outcomes.size).toBe(2);
      expect(leftovers).toBeGreaterThan(0);
    }, 60_000);

    // It stayed for ever, and was as large as the store.
    it("a backup that is killed at any call is no store, and what it leaves goes with the next one to that place", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("first")] });
      const target = `${fixture.folder}-backup`;
      const beside = (): string[] => fs.readdirSync(dirname(fixture.folder)).sort();
      let leftovers = 0;
      for (let call = 1, isDone = false; !isDone; call++) {
        isDone = await killedAt(call, "backup", { path: fixture.folder, part: "-backup" });
        leftovers += beside().filter((name) => name.includes(".tmp-")).length;
        if (fs.existsSync(target))
          expect(await contents(await fixture.open({ path: target }), "a")).toEqual(["first"]);
        fs.rmSync(target, { recursive: true, force: true });
        await store.backup(target);
        expect(beside()).toEqual(["store", "store-backup"]);
        fs.rmSync(target, { recursive: true });
      }
      expect(leftovers).toBeGreaterThan(3);
    }, 60_000);

    it("messages() that is under way while the log is rewritten yields what it began with, from either side", async () => {
      const [store, other] = [await fixture.open(), await fixture.open()];
      await store.create({ id: "a" });
      const kept = Array.from({ length: 12 }, (_, n) => `${n} ${"y".repeat(60_000)}`);
      for (const content of kept) await store.append("a", user(content));
      await store.append("a", user(`draft ${"z".repeat(4_000_000)}`));
      const iterators = (["asc", "desc"] as const).map((order) =>
        store.messages("a", { order, before: 13 })[Symbol.asyncIterator](),
      );
      const seen: Entry[][] = [];
      for (const iterator of iterators) {
        const next = await iterator.next();
        seen.push(next.done === true ? [] : [next.value]);
      }
      const { ino } = fs.statSync(fixture.path("a"));
      await other.append("a", user("final"), { replaceFrom: 1 });
      expect(fs.statSync(fixture.path("a")).ino).not.toBe(ino);
      for (const [index, iterator] of iterators.entries()) {
        for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
          seen[index]?.push(next.value);
      }
      const texts = seen.map((entries) => entries.map(({ message }) => message.content));
      expect(texts).toEqual([kept, [...kept].reverse()]);
      expect(await contents(store, "a")).toEqual(["final"]);
    });

    it("an index that a killed process was writing anew is swept, and no list ever needed it", async () => {
      const first = await fixture.open();
      for (const id of ["a", "b"]) await first.create({ id, title: `Title of ${id}` });
      await settled();
      await first.list();
      await first.close();
      const index = join(fixture.folder, `.index.${codec.extension}`);
      expect(fs.readFileSync(index, "utf8")).toContain("Title of b");
      expect(await killedAt(1, "delete", { path: fixture.folder, part: `.index.${codec.extension}` })).toBe(
        false,
      );
      const staging = join(fixture.folder, `.staging.${codec.extension}`);
      expect(fs.readdirSync(staging)).toHaveLength(1);
      const store = await fixture.open();
      expect((await store.list()).sessions.map(({ title }) => title)).toEqual(["Title of a"]);
      expect(await collect(store.verify())).toMatchObject([{ fault: "leftover" }]);
      await store.create({ id: "c" });
      expect(fs.readdirSync(staging)).toEqual([]);
      await store.close();
      // A row without a file, which a killed process left, goes at the next chance.
      expect(fs.readFileSync(index, "utf8")).not.toContain("Title of b");
    });
  });
}
