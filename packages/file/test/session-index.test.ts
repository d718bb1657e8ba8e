import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toSummary } from "@agent-sessions/core/backend";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IndexedRow, type IndexRow } from "../src/index-rows.js";
import { loadKernelLock } from "../src/kernel-lock.js";
import { SessionIndex } from "../src/session-index.js";
import { NamespaceFolder } from "../src/session-place.js";

let path = "";
beforeEach(() => {
  path = join(fs.mkdtempSync(join(tmpdir(), "agent-sessions-index-")), ".index.jsonl");
});

function indexAt(place: string): SessionIndex {
  return new SessionIndex(new NamespaceFolder(place, "", "jsonl"), loadKernelLock);
}
afterEach(() => {
  fs.rmSync(join(path, ".."), { recursive: true, force: true });
});

function row(id: string, title?: string): IndexedRow {
  return IndexedRow.of(told(id, title));
}

function told(id: string, title = "T"): IndexRow {
  const time = "2026-11-21T00:00:00.000Z";
  return {
    fileName: `${id}.jsonl`,
    stamp: { size: 10, mtimeMs: 1795000000000.125, ctimeMs: 1795000000012.25, ino: 7 },
    summary: {
      ...{
        id,
        namespace: "",
        title,
        preview: '漢字 "q"\u2028',
        labels: ["l"],
        metadata: { k: 1 },
        pinned: false,
        archived: false,
        parent: null,
      },
      ...{
        usage: { inputTokens: 1, outputTokens: 2 },
        messageCount: 3,
        revision: 4,
        createdAt: time,
        updatedAt: time,
      },
    },
  };
}

/** What another handle reads. */
async function read(): Promise<Record<string, string>> {
  const rows = await indexAt(join(path, "..")).rows();
  return Object.fromEntries([...rows.values()].map(({ id, title }) => [id, title]));
}

describe("SessionIndex", () => {
  it("gives rows back as they were, later ones instead of earlier ones", async () => {
    const index = indexAt(join(path, ".."));
    await index.add(Array.from({ length: 200 }, (_, n) => row(`s${n}`)));
    await index.add([row("s7", "New")]);
    const rows = await index.rows();
    expect(rows.size).toBe(200);
    const found = rows.get("s7.jsonl") ?? expect.unreachable();
    const { stamp, summary } = told("s7", "New");
    expect(toSummary(found)).toEqual(summary);
    expect([found.describes(stamp), found.describes({ ...stamp, mtimeMs: stamp.mtimeMs + 0.001 })]).toEqual([
      true,
      false,
    ]);
    for (const other of [{ ino: 8 }, { size: 11 }, { ctimeMs: stamp.ctimeMs + 20 }])
      expect(found.describes({ ...stamp, ...other })).toBe(false);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  it("reads what another handle added since, and begins anew when the file was replaced", async () => {
    const [index, other] = [indexAt(join(path, "..")), indexAt(join(path, ".."))];
    await index.add([row("a")]);
    expect([...(await index.rows()).keys()]).toEqual(["a.jsonl"]);
    await other.add([row("b")]);
    expect([...(await index.rows()).keys()]).toEqual(["a.jsonl", "b.jsonl"]);
    fs.rmSync(path);
    await other.add([row("c")]);
    expect([...(await index.rows()).keys()]).toEqual(["c.jsonl"]);
    fs.rmSync(path);
    expect((await index.rows()).size).toBe(0);
  });

  it("believes no row that was torn or changed, and loses none behind it", async () => {
    const index = indexAt(join(path, ".."));
    await index.add([row("a", "True")]);
    const whole = fs.readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      fs.writeFileSync(path, whole.subarray(0, length));
      await indexAt(join(path, "..")).add([row("b", "Behind")]);
      const found = await read();
      expect([length, found["b"], found["a"] ?? "True"]).toEqual([length, "Behind", "True"]);
    }
    fs.writeFileSync(path, whole.toString("utf8").replace("True", "Lies"));
    expect(await read()).toEqual({});
  });

  it("is nobody's failure, whatever is in its place", async () => {
    fs.mkdirSync(path);
    await indexAt(join(path, "..")).add([row("a")]);
    expect(await read()).toEqual({});
    expect(await indexAt(join(path, "..")).remove()).toBe(false);
    fs.rmdirSync(path);
    fs.symlinkSync("/dev/zero", path);
    expect(await read()).toEqual({});
    expect(await indexAt(join(path, "..", "none")).remove()).toBe(true);
  });

  // Both counted the same rows as read, and of what was added later the beginning was passed over.
  it("misses nothing that is added after two calls have read at once", async () => {
    const [index, other] = [indexAt(join(path, "..")), indexAt(join(path, ".."))];
    await other.add([row("a")]);
    await Promise.all([index.rows(), index.rows()]);
    await other.add([row("b")]);
    await other.add([row("c")]);
    expect([...(await index.rows()).keys()]).toEqual(["a.jsonl", "b.jsonl", "c.jsonl"]);
  });

  it("is not made anew by compacting where there is none", async () => {
    await indexAt(join(path, "..")).compact([row("a")]);
    expect(fs.existsSync(path)).toBe(false);
  });

  it("reads a row that is longer than what is read at once, and the rows behind it", async () => {
    const title = "long ".repeat(600_000);
    await indexAt(join(path, "..")).add([row("a", title)]);
    await indexAt(join(path, "..")).add([row("b", "Behind")]);
    const found = await read();
    expect([found["a"] === title, found["b"]]).toEqual([true, "Behind"]);
  });

  it("tells the id of a file whose name is a hash from the row", async () => {
    const index = indexAt(join(path, ".."));
    const hashed = { ...told("An Id"), fileName: `an-id~${"0".repeat(32)}.jsonl` };
    await index.add([IndexedRow.of(hashed)]);
    expect([...(await index.rows()).values()].map(({ id }) => id)).toEqual(["An Id"]);
  });

  it("adds nothing to a file that is being replaced", async () => {
    const index = indexAt(join(path, ".."));
    await index.add([row("a"), row("b")]);
    await Promise.all([
      index.drop(new Set(["b.jsonl"])),
      index.add([row("c")]),
      index.compact([row("d")]),
      index.add([row("e")]),
    ]);
    expect(Object.keys(await read())).toEqual(["d", "e"]);
  });

  it("keeps nothing of what is dropped", async () => {
    const index = indexAt(join(path, ".."));
    await index.add([row("a", "Keep me"), row("b", "Secret title")]);
    await indexAt(join(path, "..")).drop(new Set(["b.jsonl", "never-there.jsonl"]));
    expect(fs.readFileSync(path, "utf8")).not.toContain("Secret");
    expect(await read()).toEqual({ a: "Keep me" });
  });

  it("is written anew when most of it is out of date", async () => {
    const index = indexAt(join(path, ".."));
    for (let n = 0; n < 400; n++) await index.add([row("a", `${n}`)]);
    const rows = await index.rows();
    expect([index.isMostlyGarbage(1), index.isMostlyGarbage(100)]).toEqual([true, false]);
    await index.compact([...rows.values()]);
    expect(fs.readFileSync(path, "utf8").split("\n").length).toBeLessThan(6);
    expect(await read()).toEqual({ a: "399" });
    expect(fs.readdirSync(join(path, ".."))).toEqual([".index.jsonl"]);
  });
});
