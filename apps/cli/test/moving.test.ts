import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import type { MigrationReport, SessionPage } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import type { ImportReport } from "../src/import-report.js";
import { newCli } from "./run-cli.js";

const claw = JSON.stringify({
  session_id: "c1",
  messages: ["hello there"],
  input_tokens: 2,
  output_tokens: 3,
});
const flowr = "flow: f\nstate: yes\nname: deploy\ncreated_at: '2026-01-02T03:04:05.678901+00:00'\n";

describe.each(["json:./store", "yaml:./store", "sqlite:./store.db"])(
  "moving sessions in and out of %s",
  (url) => {
    it("import reads files of other tools, and running it again changes nothing", async () => {
      const cli = await newCli(url);
      await writeFile(path.join(cli.folder, "c1.json"), claw);
      await writeFile(path.join(cli.folder, "deploy.yaml"), flowr);
      const first = await cli.json<ImportReport>("import", "c1.json", "deploy.yaml");
      expect(first).toMatchObject({ found: 2, imported: 2, skipped: 0, failed: 0, messages: 1 });
      expect(await cli.json("show", "c1")).toMatchObject({
        usage: { inputTokens: 2, outputTokens: 3 },
        metadata: { source: "claw-port" },
      });
      expect(await cli.json("show", "deploy")).toMatchObject({
        createdAt: "2026-01-02T03:04:05.678Z",
        state: { state: "yes" },
      });
      const second = await cli.json<ImportReport>("import", "c1.json", "deploy.yaml");
      expect(second).toMatchObject({ found: 2, imported: 0, skipped: 2, conflicts: [] });
    });

    it("export and import give back the same sessions", async () => {
      const cli = await newCli(url);
      await cli.json("create", "--id", "s", "--title", "S", "--label", "l", "--message", "one");
      await cli.json("append", "s", "two", "--usage", "outputTokens=4", "--role", "assistant");
      await cli.json("fork", "s", "--id", "f");
      await cli.json("export", "--all", "--output", "all.jsonl");
      expect((await stat(path.join(cli.folder, "all.jsonl"))).mode & 0o777).toBe(0o600);
      const other = url.startsWith("sqlite") ? "json:./other" : "sqlite:./other.db";
      expect(await cli.json("--store", other, "import", "all.jsonl")).toMatchObject({
        imported: 2,
        failed: 0,
      });
      for (const id of ["s", "f"])
        expect(await cli.json("--store", other, "show", id)).toEqual(await cli.json("show", id));
      const stdout = await cli.run(["export", "f", "s"]);
      const [header, ...lines] = stdout.stdout.trimEnd().split("\n");
      expect(header).toBe('{"kind":"agent-sessions.archive","format":"1.0"}');
      expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ end: { sessions: 2, messages: 4 } });
      expect((await cli.run(["export", "s", "--output", "all.jsonl"])).code).toBe(2);
      expect(await cli.run(["export", "s", "nope"])).toMatchObject({ code: 3, stdout: "" });
    });
  },
);

describe("import", () => {
  it("reports what it cannot read; other files in a folder are no failure, named ones are", async () => {
    const cli = await newCli("json:./store");
    await writeFile(path.join(cli.folder, "notes.txt"), "hello");
    await writeFile(path.join(cli.folder, "c1.json"), claw);
    const folder = await cli.run(["import", ".", "--json"]);
    expect(folder.code).toBe(0);
    expect(JSON.parse(folder.stdout)).toMatchObject({ found: 1, imported: 1, others: [{ wasNamed: false }] });
    expect((await cli.run(["import", "notes.txt"])).code).toBe(1);
    expect((await cli.run(["import", "missing.json"])).code).toBe(1);
    await writeFile(path.join(cli.folder, "cut.json"), claw.slice(0, 40));
    const damaged = await cli.run(["import", "."]);
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toContain("cut.json");
  });

  it("overwrites nothing: another session of the same id is a conflict", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "c1", "--title", "mine");
    await writeFile(path.join(cli.folder, "c1.json"), claw);
    const result = await cli.run(["import", "c1.json", "--json"]);
    expect(result.code).toBe(4);
    expect(JSON.parse(result.stdout)).toMatchObject({
      found: 1,
      imported: 0,
      skipped: 1,
      conflicts: [{ id: "c1" }],
    });
    expect(await cli.json("show", "c1")).toMatchObject({ title: "mine" });
  });

  it("imports hostile ids and names the session of an archive that was changed", async () => {
    const cli = await newCli("json:./store");
    await writeFile(path.join(cli.folder, "x.json"), claw.replace('"c1"', '"../../evil"'));
    await cli.json("import", "x.json");
    expect(await cli.json("show", "../../evil")).toMatchObject({ id: "../../evil" });
    await cli.json("export", "--all", "--output", "a.jsonl");
    const file = path.join(cli.folder, "a.jsonl");
    await writeFile(file, (await readFile(file, "utf8")).replace("hello there", "hello theft"));
    const result = await cli.run(["--store", "sqlite:./b.db", "import", "a.jsonl", "--json"]);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ failed: 1, failures: [{ id: "../../evil" }] });
  });
});

describe("migrate", () => {
  it("copies all namespaces, verified, and again changes nothing; conflicts are told", async () => {
    const cli = await newCli();
    const from = "json:./from";
    const to = "sqlite:./to.db";
    await cli.json("--store", from, "create", "--id", "a", "--message", "1");
    await cli.json("--store", from, "--namespace", "n", "create", "--id", "a", "--title", "other");
    const dry = await cli.json<MigrationReport>("migrate", "--from", from, "--to", to, "--dry-run");
    expect(dry).toMatchObject({ copied: 2, verified: 0 });
    expect(await readdir(cli.folder)).toEqual(["from"]);
    expect(await cli.json("migrate", "--from", from, "--to", to)).toEqual({
      copied: 2,
      unchanged: 0,
      messages: 1,
      verified: 2,
      conflicts: [],
      failed: [],
    });
    expect(await cli.json("migrate", "--from", from, "--to", to)).toMatchObject({ copied: 0, unchanged: 2 });
    expect((await cli.json<SessionPage>("--store", to, "--namespace", "n", "list")).sessions[0]?.title).toBe(
      "other",
    );
    await cli.json("--store", to, "append", "a", "changed");
    const conflict = await cli.run(["migrate", "--from", from, "--to", to, "--progress"]);
    expect(conflict.code).toBe(4);
    expect(conflict.stderr).toContain("a conflict");
  });
});

it("import takes the times of a file without times from the file", async () => {
  const cli = await newCli("yaml:./store");
  const file = path.join(cli.folder, "c1.json");
  await writeFile(file, claw);
  await utimes(file, new Date("2020-02-02T02:02:02Z"), new Date("2020-02-02T02:02:02Z"));
  await cli.json("import", "c1.json");
  expect(await cli.json("show", "c1")).toMatchObject({ createdAt: "2020-02-02T02:02:02.000Z" });
});
