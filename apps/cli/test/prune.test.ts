import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  type PruneReport,
  prune,
  type SessionPage,
  type SessionSnapshot,
  type SessionStore,
  snapshotOf,
} from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ImportReport } from "../src/import-report.js";
import { openStoreByUrl } from "../src/open-store-by-url.js";
import { archiveForPrune } from "../src/prune-archive.js";
import { type Cli, newCli } from "./run-cli.js";
import { withInterruption } from "./with-interruption.js";

const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));
const DAY_MS = 86_400_000;

/** Sessions `d0` to `d5`, changed 0, 10, … 50 days ago; `d5` is pinned, `d4` archived, even ones bear a label. */
async function fill(cli: Cli, url: string): Promise<void> {
  await using store = await openStoreByUrl(url.replace("./", `${cli.folder}/`), {});
  for (let number = 0; number < 6; number++) {
    const at = new Date(Date.now() - number * 10 * DAY_MS - 1000).toISOString();
    await store.create({
      id: `d${number}`,
      title: `Session ${number}`,
      createdAt: at,
      updatedAt: at,
      pinned: number === 5,
      archived: number === 4,
      labels: number % 2 === 0 ? ["even"] : [],
      messages: [{ role: "user", content: `hello ${number}` }],
    });
  }
}

async function idsIn(cli: Cli): Promise<readonly string[]> {
  const { sessions } = await cli.json<SessionPage>("list", "--order-by", "id");
  return sessions.map(({ id }) => id);
}

describe.each(["json:./store", "yaml:./store", "sqlite:./store.db"])("prune in %s", (url) => {
  it("says what would go, and deletes nothing without --execute", async () => {
    const cli = await newCli(url);
    await fill(cli, url);
    const report = await cli.json<PruneReport>("prune", "--older-than", "25d", "--json");
    expect(report).toMatchObject({
      executed: false,
      planned: [{ session: { id: "d3" }, reasons: ["older-than"] }, { session: { id: "d4" } }],
      pinned: 1,
      deleted: [],
      archive: null,
    });
    const shown = await cli.run(["prune", "--older-than", "25d"]);
    expect(shown.stdout).toMatch(/^ID +UPDATED +MESSAGES +WHY +TITLE\nd3 .* 1 +older-than +Session 3\nd4 /);
    expect(shown.stdout).toContain("2 sessions would be deleted");
    expect(shown.stderr).toContain("1 pinned session stayed");
    expect(await idsIn(cli)).toHaveLength(6);
  });

  it("writes an archive first, which import gives back exactly, and then deletes", async () => {
    const cli = await newCli(url);
    await fill(cli, url);
    const before = await cli.json("show", "d4");
    const report = await cli.json<PruneReport>(
      "prune",
      "--keep-newest",
      "3",
      "--execute",
      "--archive",
      "old.gz",
    );
    expect(report).toMatchObject({
      executed: true,
      deleted: ["d3", "d4"],
      kept: [],
      failed: [],
      archive: "old.gz",
    });
    expect(await idsIn(cli)).toEqual(["d0", "d1", "d2", "d5"]);
    const file = path.join(cli.folder, "old.gz");
    expect((await readFile(file)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await cli.json<ImportReport>("import", "old.gz")).toMatchObject({ imported: 2, failed: 0 });
    expect(await cli.json("show", "d4")).toEqual(before);
  });

  it("keeps a session that somebody changes between the plan and the deletion", async () => {
    const cli = await newCli(url);
    await fill(cli, url);
    const place = url.replace("./", `${cli.folder}/`);
    await using store = await openStoreByUrl(place, {});
    await using other = await openStoreByUrl(place, {});
    const report = await prune(
      store,
      { keepNewest: 1 },
      {
        execute: true,
        archive: async (sessions) => {
          for await (const { entries } of sessions) for await (const _ of entries);
          await other.append("d2", { role: "user", content: "still needed" });
        },
      },
    );
    expect(report).toMatchObject({ deleted: ["d1", "d3", "d4"], kept: ["d2"], failed: [] });
    expect((await other.load("d2")).messages).toHaveLength(2);
  });
});

describe("the archive of a prune", () => {
  async function storeOf(...ids: readonly string[]): Promise<SessionStore> {
    const store = await openMemorySessionStore();
    onTestFinished(async () => await store.close());
    for (const id of ids) await store.create({ id, messages: [{ content: id }] });
    return store;
  }

  async function archiveFile(): Promise<string> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "agent-sessions-archive-"));
    onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
    return path.join(folder, "a.jsonl");
  }

  const { signal } = new AbortController();

  // One of a thousand that somebody used meanwhile ended the whole prune.
  it("may hold what somebody has changed or deleted since", async () => {
    const store = await storeOf("changed", "deleted", "kept");
    async function* sessions(): AsyncGenerator<SessionSnapshot> {
      for (const id of ["changed", "deleted", "kept"]) yield await snapshotOf(store, id);
      await store.append("changed", [{ content: "more" }]);
      await store.delete("deleted");
    }
    const file = await archiveFile();
    await archiveForPrune(store, sessions(), file, signal);
    expect((await readFile(file, "utf8")).match(/"sealed"/g)).toHaveLength(3);
  });

  it("leaves out what somebody changes or deletes while it is read, and the prune keeps what is there", async () => {
    const store = await storeOf("a", "b", "c");
    const meddling = withInterruption(
      withInterruption(store, "a", async () => await store.append("a", [{ content: "more" }])),
      "b",
      async () => await store.delete("b"),
    );
    const file = await archiveFile();
    const report = await prune(
      meddling,
      { keepNewest: 0 },
      {
        execute: true,
        archive: async (sessions) => await archiveForPrune(store, sessions, file, signal),
      },
    );
    expect(report).toMatchObject({ deleted: ["c"], failed: [] });
    expect([...report.kept].sort()).toEqual(["a", "b"]);
    expect((await readFile(file, "utf8")).match(/"sealed"/g)).toHaveLength(1);
  });

  it("is refused where it differs from a session that nobody has changed", async () => {
    const store = await storeOf("a");
    const { head } = await snapshotOf(store, "a");
    const entries = [{ seq: 1, at: head.createdAt, message: { content: "something else" } }];
    await expect(
      archiveForPrune(store, one({ head, entries }), await archiveFile(), signal),
    ).rejects.toMatchObject({
      code: "STORE_IO",
      message: expect.stringContaining('session "a" is not what is stored') as string,
    });
  });

  async function* one(session: SessionSnapshot): AsyncGenerator<SessionSnapshot> {
    yield session;
  }
});

describe("prune", () => {
  it("takes labels and archived ones, and pinned ones only when they are included", async () => {
    const cli = await newCli("json:./store");
    await fill(cli, "json:./store");
    const planned = async (...rules: readonly string[]): Promise<readonly string[]> =>
      (await cli.json<PruneReport>("prune", ...rules)).planned.map(({ session }) => session.id);
    expect(await planned("--archived")).toEqual(["d4"]);
    expect(await planned("--label", "even", "--older-than", "15d")).toEqual(["d2", "d4"]);
    expect(await planned("--older-than", "6w", "--include-pinned")).toEqual(["d5"]);
    expect(await planned("--older-than", "999w")).toEqual([]);
    expect((await cli.run(["prune", "--older-than", "999w"])).stdout).toContain("No session");
  });

  // "Give an age, a number to keep, archived or labels", it said.
  it("without a rule says which options are rules", async () => {
    const cli = await newCli("json:./store");
    await fill(cli, "json:./store");
    const { code, stderr } = await cli.run(["prune", "--include-pinned", "--execute"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/\ndo: {2}Add --older-than .*--label done\.\n$/),
    ]);
    expect(await cli.json("list")).toMatchObject({ sessions: { length: 6 } });
  });

  it("names an archive by itself, and writes none with --no-archive or when nothing goes", async () => {
    const cli = await newCli("json:./store");
    await fill(cli, "json:./store");
    const archives = async (): Promise<readonly string[]> =>
      (await readdir(cli.folder)).filter((name) => name.endsWith(".gz"));
    const none = await cli.run(["prune", "--older-than", "999w", "--execute"]);
    expect([none.code, await archives()]).toEqual([0, []]);
    const bare = await cli.run(["prune", "--archived", "--execute", "--no-archive"]);
    expect([bare.stdout, await archives()]).toEqual(["1 session deleted\n", []]);
    const named = await cli.run(["prune", "--older-than", "25d", "--execute"]);
    const [archive] = await archives();
    expect(archive).toMatch(/^agent-sessions-pruned-[\dT-]+Z\.jsonl\.gz$/);
    expect(named.stdout).toBe(`1 session deleted; they are in ${archive}\n`);
  });

  it("deletes nothing when the archive cannot be written, or is there already", async () => {
    const cli = await newCli("json:./store");
    await fill(cli, "json:./store");
    await writeFile(path.join(cli.folder, "taken.jsonl"), "mine");
    for (const archive of ["taken.jsonl", "missing/folder/a.jsonl"]) {
      const result = await cli.run(["prune", "--keep-newest", "0", "--execute", "--archive", archive]);
      expect(result.code).toBe(2);
    }
    expect(await readFile(path.join(cli.folder, "taken.jsonl"), "utf8")).toBe("mine");
    expect(await idsIn(cli)).toHaveLength(6);
  });

  it.each([
    [[]],
    [["--older-than", "3 days"]],
    [["--older-than", "5m"]],
    [["--keep-newest", "-1"]],
    [["--archived", "--archive", "a.jsonl"]],
    // The one that came last was obeyed, and sessions went without the archive that was asked for.
    [["--archived", "--execute", "--archive", "a.jsonl", "--no-archive"]],
    [["--archived", "--execute", "--archive", "-"]],
  ])("refuses %j and says what to do", async (args) => {
    const cli = await newCli("json:./store");
    await fill(cli, "json:./store");
    const result = await cli.run(["prune", ...args]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(/^INVALID_OPTIONS .*\nwhy: .*\ndo: {2}.+/);
    expect(await idsIn(cli)).toHaveLength(6);
  });

  it("ended by Ctrl-C, says what was done and leaves the store and the archive whole", async () => {
    const cli = await newCli("sqlite:./store.db");
    await using store = await openStoreByUrl(`sqlite:${cli.folder}/store.db?durability=relaxed`, {});
    for (let number = 0; number < 300; number++) await store.create({ id: `s${number}` });
    await store.close();
    const child = spawn(
      process.execPath,
      [PROGRAM, "prune", "--keep-newest", "0", "--execute", "--progress"],
      {
        cwd: cli.folder,
        env: cli.env,
      },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (!stderr.includes(": deleted") && (stderr + text).includes(": deleted")) child.kill("SIGINT");
      stderr += text;
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    expect(stderr).toMatch(/Pruning ended after \d+ of 600 sessions: 300 archived, \d+ deleted\./);
    const left = (await cli.json<SessionPage>("list", "--limit", "1000")).sessions.length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(300);
    const [archive = ""] = (await readdir(cli.folder)).filter((name) => name.endsWith(".gz"));
    expect(await cli.json<ImportReport>("import", archive)).toMatchObject({
      found: 300,
      imported: 300 - left,
      skipped: left,
    });
  });
});
