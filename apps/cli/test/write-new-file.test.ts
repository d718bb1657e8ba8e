import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
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
    const inNowhere = path.join(folder, "nowhere", "a.jsonl");
    const reason = { code: "INVALID_OPTIONS", message: expect.stringContaining("ENOENT") as string };
    await expect(writeNewFile(inNowhere, onePiece())).rejects.toMatchObject(reason);
    expect(existsSync(path.dirname(inNowhere))).toBe(false);
  });
});

async function* onePiece(): AsyncGenerator<string> {
  yield "x";
}
