import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { writeNewFile } from "../src/write-new-file.js";

let folder: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "agent-sessions-new-"));
  target = path.join(folder, "a.jsonl");
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
});

describe("writeNewFile", () => {
  // What was killed in the middle left half an archive under the name of a whole one.
  it("gives the file its name when it is whole, and leaves nothing else", async () => {
    async function* pieces(): AsyncGenerator<string> {
      yield "one\n";
      expect(await readdir(folder)).toEqual([expect.stringMatching(/^a\.jsonl\.[0-9a-f]{8}\.partial$/)]);
      yield "two\n";
    }
    await writeNewFile(target, pieces());
    expect(await readdir(folder)).toEqual(["a.jsonl"]);
    expect(await readFile(target, "utf8")).toBe("one\ntwo\n");
    expect((await stat(target)).mode & 0o777).toBe(0o600);
  });

  it("removes what killed programs left of the same file an hour ago, and nothing else", async () => {
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    const left = [
      "a.jsonl.01234567.partial",
      "agent-sessions-pruned-2026-01-31T12-00-00Z.jsonl.gz.89abcdef.partial",
    ];
    const kept = ["b.jsonl.01234567.partial", "a.jsonl.partial", "a.jsonl.mine0000.partial"];
    for (const name of [...left, ...kept]) {
      await writeFile(path.join(folder, name), "half");
      await utimes(path.join(folder, name), old, old);
    }
    // Somebody may be writing it now.
    await writeFile(path.join(folder, "a.jsonl.fedcba98.partial"), "half");
    await writeNewFile(target, onePiece());
    expect((await readdir(folder)).sort()).toEqual(["a.jsonl", "a.jsonl.fedcba98.partial", ...kept].sort());
  });

  // It named its own temporary file, and told people to choose a new name.
  it("says which folder is missing", async () => {
    const missing = path.join(folder, "no", "such");
    const refused = expect(writeNewFile(path.join(missing, "a.jsonl"), onePiece())).rejects;
    await refused.toMatchObject({ code: "INVALID_OPTIONS", path: "--output" });
    await refused.toThrow(`there is no folder ${missing}. Make that first`);
    expect(await readdir(folder)).toEqual([]);
  });

  it("leaves nothing where the content fails", async () => {
    async function* pieces(): AsyncGenerator<string> {
      yield "one\n";
      throw new Error("no more");
    }
    await expect(writeNewFile(target, pieces())).rejects.toThrow("no more");
    expect(await readdir(folder)).toEqual([]);
  });

  it("overwrites nothing, not even what somebody makes while it writes", async () => {
    async function* pieces(): AsyncGenerator<string> {
      yield "ours\n";
      await writeFile(target, "theirs\n");
    }
    for (const content of [pieces(), pieces()]) {
      await expect(writeNewFile(target, content)).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
        message: expect.stringMatching(/cannot be made: it exists .*\. Name a new one\.$/) as string,
      });
      expect(await readFile(target, "utf8")).toBe("theirs\n");
    }
    expect(await readdir(folder)).toEqual(["a.jsonl"]);
  });

  it("says why where nothing can be made", async () => {
    await writeFile(target, "");
    const reason = { code: "INVALID_OPTIONS", message: expect.stringContaining("ENOTDIR") as string };
    await expect(writeNewFile(path.join(target, "b.jsonl"), onePiece())).rejects.toMatchObject(reason);
  });
});

async function* onePiece(): AsyncGenerator<string> {
  yield "x";
}
