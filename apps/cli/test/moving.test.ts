import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import type { MigrationReport, SessionPage } from "@agent-sessions/core";
import { openYamlSessionStore } from "@agent-sessions/yaml";
import { describe, expect, it } from "vitest";
import type { ImportReport } from "../src/import-report.js";
import { ownStoresAmong } from "../src/own-stores.js";
import { type Cli, newCli } from "./run-cli.js";

const claw = JSON.stringify({
  session_id: "c1",
  messages: ["hello there"],
  input_tokens: 2,
  output_tokens: 3,
});
const flowr = "flow: f\nstate: yes\nname: deploy\ncreated_at: '2026-01-02T03:04:05.678901+00:00'\n";

describe.each(["yaml:./store", "sqlite:./store.db"])("moving sessions in and out of %s", (url) => {
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
});

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

  it("names the known formats once, and stores of our own as what they are", async () => {
    const cli = await newCli("json:./store");
    const junk = path.join(cli.folder, "junk");
    await mkdir(junk);
    for (const name of ["1.txt", "2.txt", "3.txt"]) await writeFile(path.join(junk, name), "hello");
    const unknown = await cli.run(["import", "junk"]);
    expect(unknown.stderr.match(/^no session /gm)).toHaveLength(3);
    expect(unknown.stderr.match(/import --help/g)).toHaveLength(1);
    const stores = ["json:theirs/json", "yaml:theirs/yaml", "sqlite:theirs/s.db"];
    for (const url of stores) await cli.json("--store", url, "create", "--id", "s", "--message", "x");
    const { code, stderr } = await cli.run(["import", "theirs"]);
    expect(code).toBe(0);
    expect(stderr).not.toContain("no session");
    for (const url of stores) expect(stderr).toContain(`agent-sessions migrate --from ${url} `);
  });

  it("asks only a few files of a folder whether they are sessions of a store", async () => {
    const { folder } = await newCli();
    await using store = await openYamlSessionStore({ path: folder });
    await store.create({ id: "s" });
    const foreign = Array.from({ length: 10 }, (_, index) => path.join(folder, `${index}.yaml`));
    for (const file of foreign) await writeFile(file, "a: 1\n");
    const session = path.join(folder, "s.yaml");
    const found = [{ path: folder, url: `yaml:${folder}` }];
    expect(await ownStoresAmong([...foreign.slice(0, 4), session, ...foreign])).toEqual(found);
    expect(await ownStoresAmong([...foreign, session])).toEqual([]);
  });

  it("names a store whose path holds a blank so that a shell takes it", async () => {
    const cli = await newCli("json:./s");
    await cli.json("create", "--id", "a", "--message", "x", "--store", "json:./my store");
    const { stderr } = await cli.run(["import", "my store"]);
    expect(stderr).toContain("--from 'json:my store' --to");
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

describe("import of other content under an id that is taken", () => {
  const changed = claw.replace("hello there", "hello again");
  /** A store that holds `c1` from `c1.json`, which then changes. */
  const taken = async (): Promise<Cli> => {
    const cli = await newCli("sqlite:./store.db");
    await writeFile(path.join(cli.folder, "c1.json"), claw);
    await cli.json("import", "c1.json");
    await writeFile(path.join(cli.folder, "c1.json"), changed);
    return cli;
  };

  it("--on-conflict replace puts it in the place of the other, once", async () => {
    const cli = await taken();
    const replacing = ["import", "c1.json", "--on-conflict", "replace"];
    expect(await cli.json<ImportReport>(...replacing)).toMatchObject({
      found: 1,
      imported: 1,
      replaced: [{ id: "c1" }],
    });
    expect(await cli.json("show", "c1")).toMatchObject({ messages: [{ content: "hello again" }] });
    expect(await cli.json<ImportReport>(...replacing)).toMatchObject({
      imported: 0,
      skipped: 1,
      conflicts: [],
    });
  });

  it("--on-conflict copy adds it under another id, however often it is imported", async () => {
    const cli = await taken();
    const copying = ["import", "c1.json", "--on-conflict", "copy"];
    const { copied } = await cli.json<ImportReport>(...copying);
    const copyId = copied[0]?.copyId ?? "";
    expect(copyId).toMatch(/^c1-copy-[0-9a-f]{12}$/);
    expect(await cli.json("show", "c1")).toMatchObject({ messages: [{ content: "hello there" }] });
    expect(await cli.json("show", copyId)).toMatchObject({ messages: [{ content: "hello again" }] });
    // Copies of a file are written at other times.
    await utimes(path.join(cli.folder, "c1.json"), new Date(), new Date("2030-01-01T00:00:00Z"));
    expect(await cli.json<ImportReport>(...copying)).toMatchObject({ skipped: 1, copied: [], conflicts: [] });
    await cli.json("append", copyId, "mine");
    const again = await cli.run(copying);
    expect(again).toMatchObject({ code: 4 });
    expect((await cli.json<SessionPage>("list")).sessions).toHaveLength(2);
  });

  it("replaces and copies sessions of an archive too", async () => {
    const cli = await taken();
    await cli.json("--store", "json:./other", "import", "c1.json");
    await cli.json("--store", "json:./other", "export", "--all", "--output", "a.jsonl");
    const copy = await cli.run(["import", "a.jsonl", "--on-conflict", "copy"]);
    expect(copy).toMatchObject({
      code: 0,
      stdout: "1 session found: 1 imported (1 message), 0 skipped, 0 failed\n",
    });
    expect(copy.stderr).toMatch(/^copied a\.jsonl: c1 is taken; it is c1-copy-/);
    expect(await cli.json("import", "a.jsonl", "--on-conflict", "replace")).toMatchObject({
      replaced: [{ id: "c1", path: "a.jsonl" }],
    });
    expect(await cli.json("show", "c1")).toMatchObject({ messages: [{ content: "hello again" }] });
  });

  it("--dry-run says the same as the import would, and writes nothing", async () => {
    const cli = await taken();
    await writeFile(path.join(cli.folder, "c2.json"), claw.replace('"c1"', '"c2"'));
    await writeFile(path.join(cli.folder, "c2b.json"), changed.replace('"c1"', '"c2"'));
    const before = await cli.run(["export", "--all"]);
    for (const how of ["skip", "replace", "copy"]) {
      const args = ["import", "c1.json", "c2.json", "c2b.json", "--on-conflict", how];
      const dry = await cli.run([...args, "--dry-run", "--json"]);
      const other = `sqlite:./${how}.db`;
      await cli.run(["backup", `${how}.db`]);
      const real = await cli.run(["--store", other, ...args, "--json"]);
      expect([dry.code, JSON.parse(dry.stdout)]).toEqual([real.code, JSON.parse(real.stdout)]);
    }
    expect(await cli.run(["export", "--all"])).toEqual(before);
    expect((await cli.run(["import", "c2.json", "--dry-run"])).stdout).toContain("1 would be imported");
    const fresh = await newCli("json:./none");
    await writeFile(path.join(fresh.folder, "c1.json"), claw);
    await fresh.json("import", "c1.json", "--dry-run");
    expect(await readdir(fresh.folder)).toEqual(["c1.json"]);
  });

  it("an option that it does not know is a usage error", async () => {
    const cli = await taken();
    expect((await cli.run(["import", "c1.json", "--on-conflict", "merge"])).code).toBe(2);
    expect((await cli.run(["import", "c1.json", "--format", "word"])).code).toBe(2);
  });
});

describe("import of files that are not whole, or not clear", () => {
  const line = (content: string): string =>
    JSON.stringify({ type: "user", sessionId: "s", uuid: content, message: { role: "user", content } });

  it("counts a session without a bad line as imported, and tells the line", async () => {
    const cli = await newCli("json:./store");
    await writeFile(path.join(cli.folder, "s.jsonl"), `${line("one")}\n{"cut\n${line("two")}\n`);
    const text = await cli.run(["import", "s.jsonl"]);
    expect(text).toMatchObject({
      code: 0,
      stdout: "1 session found: 1 imported (2 messages), 0 skipped, 0 failed\n",
    });
    expect(text.stderr).toContain("incomplete s.jsonl:2 ");
    expect(await cli.json<ImportReport>("import", "s.jsonl")).toMatchObject({
      skipped: 1,
      incomplete: [{ line: 2, fault: "incomplete" }],
      others: [],
    });
  });

  it("fails for a file that could be of several formats, until --format says which", async () => {
    const cli = await newCli("json:./store");
    await writeFile(path.join(cli.folder, "x.json"), '{"session_id": "x", "messages": []}');
    const unclear = await cli.run(["import", "."]);
    expect(unclear.code).toBe(1);
    expect(unclear.stdout).toBe("1 session found: 0 imported (0 messages), 0 skipped, 1 failed\n");
    expect(unclear.stderr).toContain("say which one it is with --format");
    expect(await cli.json("import", ".", "--format", "hermes-webui")).toMatchObject({
      imported: 1,
      failed: 0,
    });
  });
});

describe("create --flow", () => {
  it("begins at the first state of the flow", async () => {
    const cli = await newCli("yaml:./store");
    await writeFile(
      path.join(cli.folder, "trip.yaml"),
      "flow: trip\nstates:\n  - id: planning\n  - id: paying\n",
    );
    await cli.json("create", "--flow", "trip.yaml", "--id", "t", "--meta", "who=me", "--title", "Trip");
    expect(await cli.json("show", "t")).toMatchObject({
      title: "Trip",
      metadata: { flow: "trip", who: "me" },
      state: { flow: "trip", state: "planning", stack: [], params: {} },
    });
    expect((await cli.run(["create", "--flow", "trip.yaml", "--id", "t"])).code).toBe(4);
  });

  it("names the file and the reason when it is no flow, and of eight at once one wins", async () => {
    const cli = await newCli("json:./store");
    await writeFile(path.join(cli.folder, "empty.yaml"), "flow: trip\nstates: []\n");
    for (const [file, reason] of [
      ["empty.yaml", "has no states"],
      ["missing.yaml", "does not exist"],
    ] as const) {
      const { code, stderr } = await cli.run(["create", "--flow", file]);
      expect([code, stderr.split("\n")[0]]).toEqual([2, `INVALID_VALUE The flow ${file} ${reason}.`]);
    }
    expect(await readdir(cli.folder)).toEqual(["empty.yaml"]);
    await writeFile(path.join(cli.folder, "f.yaml"), "flow: f\nstates:\n  - id: a\n");
    const codes = await Promise.all(
      Array.from(
        { length: 8 },
        async () => (await cli.run(["create", "--id", "r", "--flow", "f.yaml"])).code,
      ),
    );
    expect(codes.toSorted()).toEqual([0, 4, 4, 4, 4, 4, 4, 4]);
  });
});

describe("export --format", () => {
  it("writes another tool's files, which import reads back as the same sessions", async () => {
    const cli = await newCli("sqlite:./store.db");
    await writeFile(path.join(cli.folder, "c1.json"), claw);
    await writeFile(path.join(cli.folder, "deploy.yaml"), flowr);
    await cli.json("import", "c1.json", "deploy.yaml");
    expect(await cli.json("export", "deploy", "--format", "flowr", "--output", "flows")).toEqual({
      format: "flowr",
      folder: "flows",
      written: [{ id: "deploy", path: path.join("flows", "deploy.yaml"), notHeld: [] }],
      gone: 0,
      unwritable: [],
    });
    expect(await cli.json("import", "flows")).toMatchObject({ found: 1, skipped: 1, conflicts: [] });
    await cli.json("export", "c1", "--format", "claw-port", "--output", "port");
    expect(JSON.parse(await readFile(path.join(cli.folder, "port", "c1.json"), "utf8"))).toEqual(
      JSON.parse(claw),
    );
  });

  it("tells what a format has no place for, and fails for what it cannot hold", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "a", "--title", "T", "--label", "l", "--message", "hi");
    await cli.json("append", "b", "hi", "--role", "robot", "--create-if-missing");
    const result = await cli.run(["export", "--all", "--format", "claw-jsonl", "--output", "out"]);
    expect(result).toMatchObject({ code: 1, stdout: "1 session written to out, 1 not\n" });
    expect(result.stderr.split("\n").slice(0, 2)).toEqual([
      "not held a: title, labels",
      'not written b: its message 1 has the role "robot", which claw does not know',
    ]);
    expect(await readdir(path.join(cli.folder, "out"))).toEqual(["a.jsonl"]);
    const again = await cli.run(["export", "a", "--format", "claw-jsonl", "--output", "out", "--json"]);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ written: [], unwritable: [{ id: "a" }] });
  });

  it("wants a folder, and a format that can be written", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "a");
    expect((await cli.run(["export", "a", "--format", "flowr"])).stderr).toContain("--output");
    const codex = await cli.run(["export", "a", "--format", "codex", "--output", "out"]);
    expect(codex).toMatchObject({ code: 2, stdout: "" });
    expect(codex.stderr).toContain("claw-port");
    await writeFile(path.join(cli.folder, "file"), "");
    const blocked = await cli.run(["export", "a", "--format", "claw-port", "--output", "file"]);
    expect(blocked.code).toBe(1);
    expect(blocked.stderr).toMatch(/^STORE_IO file cannot be written into/);
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
