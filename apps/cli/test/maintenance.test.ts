import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { RepairReport } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { newCli } from "./run-cli.js";
import { fillStore } from "./terminal/fill-store.js";

const STORES = { json: "json:./store", yaml: "yaml:./store", sqlite: "sqlite:./store.db" } as const;

interface Stats {
  readonly backend: string;
  readonly sessions: number;
  readonly messages: number;
  readonly bytes: Readonly<Record<string, number>>;
}

for (const [backend, url] of Object.entries(STORES)) {
  describe(backend, () => {
    it("stats counts sessions, messages and bytes, and backup makes a store that holds the same", async () => {
      const cli = await newCli(url);
      await cli.run(["create", "--id", "a", "--message", "hello", "--namespace", "n"]);
      await cli.run(["create", "--id", "b", "--message", "hello"]);
      await cli.run(["append", "b", "again"]);
      const stats = await cli.json<Stats>("stats");
      expect(stats).toMatchObject({ backend, sessions: 2, messages: 3 });
      expect(Object.keys(stats.bytes).sort()).toEqual(["data", "free", "index", "other", "setAside", "wal"]);
      expect(stats.bytes["data"]).toBeGreaterThan(0);
      const text = (await cli.run(["stats"])).stdout;
      expect(text).toMatch(/^sessions\s+2$/m);
      expect(text).toMatch(/^in all\s+[\d.]+ \w+$/m);

      const { target } = await cli.json<{ target: string }>("backup", "copy");
      expect(target).toBe(path.join(cli.folder, "copy"));
      expect(statSync(target).mode & 0o077).toBe(0);
      expect(await cli.json("show", "b", "--store", `${backend}:./copy`)).toEqual(
        await cli.json("show", "b"),
      );
      const again = await cli.run(["backup", "copy"]);
      expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("INVALID_OPTIONS")]);
    });

    it("repair has nothing to do in a healthy store", async () => {
      const cli = await newCli(url);
      await cli.run(["create", "--id", "a", "--message", "hello"]);
      expect(await cli.json("repair")).toEqual({ repaired: [], setAside: [], remaining: [] });
      expect(await cli.run(["repair", "a"])).toMatchObject({ code: 0, stdout: "Nothing to repair.\n" });
    });

    it("stats of a store that was never written to has zeros and makes nothing", async () => {
      const cli = await newCli(url);
      expect(await cli.json<Stats>("stats")).toMatchObject({ sessions: 0, messages: 0, bytes: { data: 0 } });
      expect(existsSync(path.join(cli.folder, url.split("./")[1] ?? ""))).toBe(false);
    });
  });
}

it("repair mends a session and says where it keeps what it took out", async () => {
  const cli = await newCli(STORES.json);
  await cli.run(["create", "--id", "a", "--message", "hello"]);
  const file = path.join(cli.folder, "store", "a.jsonl");
  writeFileSync(file, `${readFileSync(file, "utf8")}{"torn`);
  expect((await cli.run(["verify"])).code).toBe(5);
  const { code, stdout } = await cli.run(["repair", "a"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^a: .+\nkept: .+\n$/);
  expect((await cli.run(["verify"])).code).toBe(0);
});

it("repair brings back a database that no store can be opened on", async () => {
  const cli = await newCli(STORES.sqlite);
  // The end of the last one lies on pages of its own, which are the last ones of the file.
  for (const id of ["a", "b"]) await cli.run(["create", "--id", id, "--message", "hello ".repeat(5000)]);
  const file = path.join(cli.folder, "store.db");
  truncateSync(file, statSync(file).size - 4096);
  const refused = await cli.run(["list"]);
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("repair")]);
  const report = await cli.json<RepairReport>("repair");
  expect(report.remaining).toEqual([]);
  expect(readdirSync(cli.folder).filter((name) => name.startsWith("store.db.damaged-"))).toHaveLength(1);
  expect((await cli.run(["verify"])).code).toBe(0);
  expect((await cli.json<{ sessions: unknown[] }>("list")).sessions).toHaveLength(2);
});

it("backup says what it removes that a killed one had left", async () => {
  const cli = await newCli(STORES.json);
  await cli.run(["create", "--id", "a"]);
  const left = `copy.tmp-${randomUUID()}`;
  mkdirSync(path.join(cli.folder, left, "copy"), { recursive: true });
  writeFileSync(path.join(cli.folder, left, "lock"), "");
  const { code, stderr } = await cli.run(["backup", "copy"]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(new RegExp(`^Removed .*${left}, which`))]);
  expect(readdirSync(cli.folder).sort()).toEqual(["copy", "store"]);
});

// It made a folder named "json:".
it("backup takes a path, and no URL", async () => {
  const cli = await newCli("json:./store");
  await cli.json("create", "--id", "a");
  const refused = await cli.run(["backup", "json:./copy"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^INVALID_OPTIONS .*\bpath\b/);
  expect(readdirSync(cli.folder)).toEqual(["store"]);
  expect((await cli.run(["backup", "./json:copy"])).code).toBe(0);
});

// Of thirty labels twenty were shown, as though there were no more.
it("stats says how many labels, models and days it does not show", async () => {
  const cli = await newCli("json:./store");
  await fillStore(
    cli,
    "json:./store",
    Array.from({ length: 23 }, (_, index) => ({
      id: `s${index}`,
      labels: [`l${index}`],
      metadata: { model: `m${index % 21}` },
      updatedAt: `2026-01-${String(index + 1).padStart(2, "0")}T12:00:00.000Z`,
      createdAt: "2026-01-01T00:00:00.000Z",
    })),
  );
  const { stdout } = await cli.run(["stats"]);
  expect(stdout).toContain("and 9 older days, which --json shows\n");
  expect(stdout).toContain("and 3 labels, which --json shows\n");
  expect(stdout).toContain("and 1 model, which --json shows\n");
});

it("stats of a store that keeps no files tells what is in it", async () => {
  const cli = await newCli("memory:");
  expect(await cli.run(["stats"])).toMatchObject({ code: 0, stderr: "" });
  expect(await cli.json("stats")).toMatchObject({ backend: "memory", usage: { days: [], counters: {} } });
});

it("stats adds up sessions by day, label and model, those that pass the filters", async () => {
  const cli = await newCli(STORES.sqlite);
  const append = async (id: string, ...usage: readonly string[]): Promise<unknown> =>
    await cli.json("append", id, "hello", "again", ...usage.flatMap((one) => ["--usage", one]));
  await cli.json("create", "--id", "a", "--label", "x", "--label", "y", "--meta", "model=big");
  await cli.json("create", "--id", "b", "--label", "x", "--meta", "model=small");
  await cli.json("create", "--id", "c", "--namespace", "other", "--label", "x");
  await append("a", "inputTokens=20000", "outputTokens=5");
  await append("b", "inputTokens=1", "cacheReadTokens=7");
  const row = { sessions: 2, messages: 4, inputTokens: 20_001, outputTokens: 5 };
  const { usage } = await cli.json<{ usage: { days: { name: string }[] } }>("stats");
  expect(usage).toEqual({
    sessions: 2,
    messages: 4,
    days: [{ name: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as unknown, ...row }],
    labels: [
      { name: "x", ...row },
      { name: "y", sessions: 1, messages: 2, inputTokens: 20_000, outputTokens: 5 },
    ],
    models: [
      { name: "big", sessions: 1, messages: 2, inputTokens: 20_000, outputTokens: 5 },
      { name: "small", sessions: 1, messages: 2, inputTokens: 1, outputTokens: 0 },
    ],
    counters: { inputTokens: 20_001, outputTokens: 5, cacheReadTokens: 7 },
    unreadable: 0,
  });
  expect(await cli.json("stats", "--label", "y")).toMatchObject({
    usage: { counters: { inputTokens: 20_000 } },
  });
  const { stdout } = await cli.run(["stats"]);
  expect(stdout).not.toContain("--json");
  expect(stdout).toMatch(/^big +1 +2 +20\.0k +5 +█{20}$/m);
  expect(stdout).toMatch(/^small +1 +2 +1 +0 +█$/m);
  expect(stdout).toMatch(/^cacheReadTokens +7$/m);
});

describe("a store that is not there", () => {
  // A misspelt store was copied, checked and exported with success.
  it.each(["sqlite:./nope.db", "json:./nope"])(
    "%s is no backup's source, and verify says so",
    async (url) => {
      const cli = await newCli(url);
      const backup = await cli.run(["backup", "copy"]);
      expect(backup).toMatchObject({ code: 2, stdout: "" });
      expect(backup.stderr).toMatch(
        /^INVALID_OPTIONS There is no store at .*nope.*\n.*\ndo: {2}Check --store/,
      );
      const verify = await cli.run(["verify"]);
      expect(verify).toMatchObject({ code: 0, stdout: "" });
      expect(verify.stderr).toMatch(/^There is no store at .*nope/);
      expect(readdirSync(cli.folder)).toEqual([]);
    },
  );
});

it("a damaged database ends every command with the exit code of damage", async () => {
  const cli = await newCli(STORES.sqlite);
  const content = "x".repeat(9000);
  const sessions = Array.from({ length: 9 }, (_, index) => ({ id: `s${index}`, messages: [{ content }] }));
  await fillStore(cli, STORES.sqlite, sessions);
  truncateSync(path.join(cli.folder, "store.db"), 30_000);
  for (const args of [["verify"], ["list"]]) {
    const { code, stderr } = await cli.run(args);
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^STORE_IO .* is damaged/),
    });
  }
});
