import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { changes, recordCalls } from "./call-recorder.js";
import { EngineFixture, type Format, settled } from "./engine-fixture.js";

/**
 * In which order each operation writes, flushes and renames: the table in `docs/adr/0006-the-record-log.md` says the same. Nothing here
 * is about speed: what is flushed too late is lost in a power cut that no test can make.
 */
export function callOrderTests(format: Format): void {
  const { codec, handWritten } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  describe(`${codec.name}: order of writes`, () => {
    /** What an operation does beyond the index, which is a cache, written now and then, and never flushed. */
    async function orderOf(operation: () => Promise<unknown>): Promise<string[]> {
      return changes(
        (await recordCalls(fixture.folder, operation)).filter(({ on }) => !on.endsWith("index")),
      );
    }

    it("the first session: folders, the whole file, its flush, its name, the names of folders", async () => {
      const store = await fixture.open({ durability: "durable" });
      expect(await orderOf(() => store.create({ id: "a", messages: [user("x")] }))).toEqual([
        ...["mkdir folder", "mkdir locks folder", "mkdir staging folder"],
        ...[
          "write staged",
          "fsync staged",
          "link staged to session",
          "unlink staged",
          "fsync folder",
          "fsync parent",
        ],
      ]);
    });

    it("create(): the whole file, its flush, its name, the folder's flush", async () => {
      const store = await settledStore("durable");
      expect(await orderOf(() => store.create({ id: "b", messages: [user("x")] }))).toEqual(PUBLISHED_NEW);
    });

    it("append(), update() and truncate(): one write, and one flush before they resolve", async () => {
      const store = await settledStore("durable");
      for (const write of [
        () => store.append("a", user("y")),
        () => store.append("a", [user("y"), user("z")], { operationId: "op", usage: { inputTokens: 1 } }),
        () => store.update("a", { title: "T" }),
        () => store.truncate("a", 1),
      ]) {
        const calls = (await recordCalls(fixture.folder, write)).filter(({ on }) => on !== "index");
        expect(changes(calls)).toEqual(["write session", "fdatasync session"]);
        expect(calls.filter(({ name }) => name === "write")).toHaveLength(1);
      }
    });

    it("save(), restore() and what rewrites a file: the whole file, its flush, its name, the folder's flush", async () => {
      const store = await settledStore("durable");
      const head = await store.head("a");
      const entries = [{ seq: 1, at: head.updatedAt, message: user("r") }];
      expect(await orderOf(() => store.save("a", { messages: [user("y")] }))).toEqual(PUBLISHED_OVER);
      expect(
        await orderOf(() => store.restore({ head: { ...head, id: "r", messageCount: 1 }, entries })),
      ).toEqual(PUBLISHED_NEW);
      expect(await orderOf(() => store.fork("a", { id: "f" }))).toEqual(PUBLISHED_NEW);
      expect(await orderOf(() => store.append("a", user("z"), { replaceFrom: 1 }))).toEqual(PUBLISHED_OVER);
    });

    it("delete(): the name, the folder's flush, and then the lock, marked for those who wait for it", async () => {
      const store = await settledStore("durable");
      await store.create({ id: "b" });
      expect(await orderOf(() => store.delete("b"))).toEqual([
        ...["unlink session", "rmdir staging folder", "fsync folder", "ftruncate lock", "unlink lock"],
      ]);
    });

    it("delete() of a session with something set aside: that goes last, once the session is gone for good", async () => {
      const store = await settledStore("durable");
      await store.create({ id: "b" });
      fs.appendFileSync(fixture.path("b"), "{torn");
      await store.append("b", user("y"));
      expect(await orderOf(() => store.delete("b"))).toEqual([
        ...["unlink session", "rmdir staging folder", "fsync folder"],
        ...["rm aside", "rmdir aside folder", "fsync folder", "ftruncate lock", "unlink lock"],
      ]);
    });

    it("delete() of one of two sessions with something set aside flushes the folder that stays for the other", async () => {
      const store = await settledStore("durable");
      await store.create({ id: "b" });
      for (const id of ["a", "b"]) {
        fs.appendFileSync(fixture.path(id), "{torn");
        await store.append(id, user("y"));
      }
      expect((await orderOf(() => store.delete("b"))).slice(-4)).toEqual([
        ...["rm aside", "fsync aside folder", "ftruncate lock", "unlink lock"],
      ]);
    });

    it("a write over a torn end: the torn bytes aside and flushed, the file cut, then the write", async () => {
      const store = await settledStore("durable");
      fs.appendFileSync(
        fixture.path("a"),
        handWritten({ entries: [{ message: user("torn") }] }).slice(0, 20),
      );
      expect(await orderOf(() => store.append("a", user("y")))).toEqual([
        ...SET_ASIDE,
        ...["ftruncate session", "write session", "fdatasync session"],
      ]);
    });

    it("repair(): the damaged file aside and flushed, then the mended one in its place", async () => {
      const store = await settledStore("durable");
      fs.appendFileSync(fixture.path("a"), handWritten({ entries: [] }).replace("[]", "[}"));
      expect(await orderOf(() => store.repair("a"))).toEqual([...SET_ASIDE, ...PUBLISHED_OVER]);
    });

    it("backup(): each copy flushed, the folder of copies flushed, and only then given its name", async () => {
      const store = await settledStore("durable");
      const target = `${fixture.folder}-backup`;
      expect(await orderOf(() => store.backup(target))).toEqual([
        ...["mkdir staged backup", "mkdir copy folder", "write copy", "fsync copy", "fsync copy folder"],
        ...["rename copy folder to backup", "fsync parent"],
        ...["unlink staged backup's lock", "rmdir staged backup"],
      ]);
    });

    it("an index that is written anew is complete before it has its name, and nothing of an index is flushed", async () => {
      const store = await settledStore("relaxed");
      await store.create({ id: "b" });
      const calls = await recordCalls(fixture.folder, async () => {
        await settled();
        await store.list();
        await store.delete("b");
        await store.close();
      });
      const onIndex = changes(calls).filter((call) => call.includes("index"));
      expect(onIndex.at(-1)).toBe("rename staged to index");
      expect(onIndex.filter((call) => call.includes("sync"))).toEqual([]);
    });

    it("relaxed writes do the same without any flush", async () => {
      const store = await settledStore("relaxed");
      const withoutFlush = (calls: readonly string[]): string[] =>
        calls.filter((call) => !call.includes("sync"));
      expect(await orderOf(() => store.create({ id: "b" }))).toEqual(withoutFlush(PUBLISHED_NEW));
      expect(await orderOf(() => store.append("b", user("y")))).toEqual(["write session"]);
      expect(await orderOf(() => store.save("b", { messages: [] }))).toEqual(withoutFlush(PUBLISHED_OVER));
      expect(store.capabilities.durable).toBe(false);
    });

    // Whoever finds a folder that another process has just made cannot know whether its name is on disk yet.
    it("create() in a folder that somebody else has just made flushes that folder's name, too", async () => {
      fs.mkdirSync(fixture.folder, { recursive: true });
      const store = await fixture.open({ durability: "durable" });
      const calls = await orderOf(() => store.create({ id: "a" }));
      expect(calls.slice(-2)).toEqual(["fsync folder", "fsync parent"]);
    });
  });

  async function settledStore(durability: "durable" | "relaxed"): ReturnType<EngineFixture["open"]> {
    const store = await fixture.open({ durability });
    await store.create({ id: "a", messages: [user("x")] });
    return store;
  }
}

const PUBLISHED_NEW: readonly string[] = [
  "write staged",
  "fsync staged",
  "link staged to session",
  "unlink staged",
  "fsync folder",
];
const PUBLISHED_OVER: readonly string[] = [
  "write staged",
  "fsync staged",
  "rename staged to session",
  "fsync folder",
];
const SET_ASIDE: readonly string[] = [
  "mkdir aside folder",
  "write aside",
  "fsync aside",
  "fsync aside folder",
  "fsync folder",
];
