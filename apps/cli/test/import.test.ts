import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { SessionStore } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import type { ImportReport } from "../src/import-report.js";
import { importSessions } from "../src/import-sessions.js";
import { newCli } from "./run-cli.js";

const claw = (id: string, ...messages: readonly string[]): string =>
  JSON.stringify({ session_id: id, messages, input_tokens: 2, output_tokens: 3 });

/** The store as it is seen by one who comes too late: the first look still finds nothing. */
function lookedAtTooEarly(store: SessionStore): SessionStore {
  let looks = 0;
  return new Proxy(store, {
    get(target, name) {
      if (name === "exists" && looks++ === 0) return async () => await Promise.resolve(false);
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

describe("importSessions()", () => {
  // Two imports of the same files at once reported conflicts between sessions that were the same.
  it.each(["skip", "replace", "copy"] as const)(
    "with %s finds unchanged what another import stored meanwhile",
    async (onConflict) => {
      const { folder } = await newCli();
      const file = path.join(folder, "c1.json");
      await writeFile(file, claw("c1", "hello"));
      await using store = await openMemorySessionStore();
      await importSessions(store, [file]);
      expect(await importSessions(lookedAtTooEarly(store), [file], { onConflict })).toMatchObject({
        found: 1,
        imported: 0,
        skipped: 1,
        conflicts: [],
      });
    },
  );

  it("does what it was told with other content that was stored meanwhile", async () => {
    const { folder } = await newCli();
    const file = path.join(folder, "c1.json");
    for (const [onConflict, expected] of [
      ["skip", { conflicts: [{ id: "c1" }] }],
      ["replace", { replaced: [{ id: "c1", messagesBefore: 1, messagesAfter: 2 }] }],
      ["copy", { copied: [{ id: "c1" }] }],
    ] as const) {
      await using store = await openMemorySessionStore();
      await writeFile(file, claw("c1", "hello"));
      await importSessions(store, [file]);
      await writeFile(file, claw("c1", "hello", "again"));
      expect(await importSessions(lookedAtTooEarly(store), [file], { onConflict })).toMatchObject(expected);
    }
  });
});

describe("import --on-conflict replace", () => {
  // A fifth message, a pin, a label and a title were gone, and nothing but --json said so.
  it("says of each session what went, in a dry run too", async () => {
    const cli = await newCli("json:./store");
    await writeFile(path.join(cli.folder, "c1.json"), claw("c1", "hello"));
    await writeFile(path.join(cli.folder, "c2.json"), claw("c2", "hi"));
    await cli.json("import", "c1.json");
    await cli.json("append", "c1", "more");
    await cli.json("update", "c1", "--pin", "--add-label", "l");
    const args = ["import", "c1.json", "c2.json", "--on-conflict", "replace"];
    const what =
      "c1.json: c1 with 1 message in place of 2; also different: labels, pinned; what was there was newer\n";
    expect(await cli.run([...args, "--dry-run"])).toEqual({
      code: 0,
      stdout:
        "2 sessions found: 1 would be imported, 1 would be replaced (2 messages), 0 skipped, 0 failed\n",
      stderr: `would replace ${what}`,
    });
    expect(await cli.run(args)).toEqual({
      code: 0,
      stdout: "2 sessions found: 1 imported, 1 replaced (2 messages), 0 skipped, 0 failed\n",
      stderr: `replaced ${what}`,
    });
  });
});

describe("import of what is no session", () => {
  it("counts the files of a folder by reason, and names a few; --verbose names all", async () => {
    const cli = await newCli("json:./store");
    const junk = path.join(cli.folder, "junk");
    await mkdir(junk);
    for (let index = 0; index < 9; index++) await writeFile(path.join(junk, `${index}.txt`), "hello");
    await writeFile(path.join(junk, "empty"), "");
    const { code, stderr } = await cli.run(["import", "junk"]);
    expect(code).toBe(0);
    expect(stderr.split("\n").map((line) => line.replace(/ is .*/, ""))).toEqual([
      ...[0, 1, 2].map((index) => `no session junk/${index}.txt`),
      "no session and so for 6 more files; --verbose names them all",
      "no session junk/empty",
      "agent-sessions import --help names the formats that are known.",
      "",
    ]);
    const all = await cli.run(["import", "junk", "--verbose"]);
    expect(all.stderr.match(/^no session junk/gm)).toHaveLength(10);
  });

  // It imported nothing, and ended as though all were well.
  it("fails for a folder without a session of the --format that was asked for", async () => {
    const cli = await newCli("json:./store");
    await mkdir(path.join(cli.folder, "logs"));
    expect((await cli.run(["import", "logs", "--format", "codex"])).code).toBe(0);
    await writeFile(path.join(cli.folder, "logs", "c1.json"), claw("c1", "hello"));
    const { code, stderr } = await cli.run(["import", "logs", "--format", "codex"]);
    expect(code).toBe(1);
    expect(stderr).toContain("No session of the format codex is there");
  });

  it("fails for an archive without its end, which is no session that failed", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "a", "--message", "x");
    const { stdout } = await cli.run(["export", "--all"]);
    await writeFile(path.join(cli.folder, "cut.jsonl"), stdout.replace(/\{"end".*\n$/, ""));
    const text = await cli.run(["--store", "json:./other", "import", "cut.jsonl"]);
    expect(text).toMatchObject({
      code: 1,
      stdout: "1 session found: 1 imported (1 message), 0 skipped, 0 failed; 1 file not whole\n",
    });
    expect(text.stderr).toContain("failed cut.jsonl:");
    const again = await cli.run(["--store", "json:./other", "import", "cut.jsonl", "--json"]);
    expect(JSON.parse(again.stdout) as ImportReport).toMatchObject({
      found: 1,
      failed: 0,
      failures: [{ isOfFile: true }],
    });
  });
});
