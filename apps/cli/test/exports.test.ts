import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ImportReport } from "../src/import-report.js";
import { type Cli, newCli } from "./run-cli.js";

const KEY = `AKIA${"A1B2".repeat(4)}`;

async function twoSessions(): Promise<Cli> {
  const cli = await newCli("json:./store");
  await cli.json("create", "--id", "one", "--title", "First <b>", "--message", `the key is ${KEY}`);
  await cli.json("create", "--id", "two", "--message", "hello");
  return cli;
}

describe("export for people", () => {
  it("prints one session as a page, or writes it into the file that is named", async () => {
    const cli = await twoSessions();
    const html = await cli.run(["export", "one", "--format", "html"]);
    expect(html).toMatchObject({ code: 0, stderr: "" });
    expect(html.stdout).toMatch(/^<!doctype html>\n[\s\S]*First &lt;b&gt;[\s\S]*<\/html>\n$/);
    const markdown = await cli.run(["export", "one", "--format", "markdown", "--output", "one.md"]);
    expect(markdown.stdout).toBe("1 session with 1 message written to one.md\n");
    expect(await readFile(path.join(cli.folder, "one.md"), "utf8")).toMatch(/^# First \\<b\\>\n/);
    expect((await cli.run(["export", "one", "--format", "markdown", "--output", "one.md"])).code).toBe(2);
  });

  it("writes several into a folder, a file each, and overwrites none", async () => {
    const cli = await twoSessions();
    expect(await cli.json("export", "--all", "--format", "html", "--output", "pages")).toMatchObject({
      written: [{ id: "one" }, { id: "two" }],
    });
    expect(await readdir(path.join(cli.folder, "pages"))).toEqual(["one.html", "two.html"]);
    expect((await cli.run(["export", "--all", "--format", "html", "--output", "pages"])).code).toBe(1);
    expect((await cli.run(["export", "--all", "--format", "html"])).stderr).toContain("--output");
  });

  // They went into a folder of the name one.md.
  it("refuses the name of one page for several", async () => {
    const cli = await twoSessions();
    const { code, stderr } = await cli.run(["export", "--all", "--format", "markdown", "--output", "one.md"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("Name a folder") });
    expect(await readdir(cli.folder)).not.toContain("one.md");
  });
});

describe("export", () => {
  it("prints to stdout where it is told -, and takes a session that is named twice once", async () => {
    const cli = await twoSessions();
    const { stdout } = await cli.run(["export", "one", "on", "one", "--output", "-"]);
    expect(stdout.match(/^{"session":/gm)).toHaveLength(1);
    expect(await readdir(cli.folder)).not.toContain("-");
  });

  it("goes through a pipe into an import, whose format has the same name", async () => {
    const cli = await twoSessions();
    const { stdout } = await cli.run(["export", "--all"]);
    for (const stdin of ["-", "/dev/stdin"]) {
      const args = [
        "--store",
        `json:./copy${stdin.length}`,
        "import",
        stdin,
        "--format",
        "archive",
        "--json",
      ];
      const imported = await cli.run(args, { stdin: stdout });
      expect(imported).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(imported.stdout)).toMatchObject({ imported: 2, failed: 0 });
    }
  });

  it("of everything says that other namespaces have sessions too, or that there is nothing", async () => {
    const cli = await twoSessions();
    expect((await cli.run(["export", "--all", "--output", "a.jsonl"])).stderr).toBe("");
    await cli.json("create", "--id", "three", "--namespace", "team");
    const { code, stderr } = await cli.run(["export", "--all", "--output", "b.jsonl"]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'One namespace was exported. There are sessions in namespace "team" (--namespace team).\n',
    });
    const empty = await cli.run(["--store", "json:./nope", "export", "--all", "--output", "c.jsonl"]);
    expect(empty.stderr).toMatch(/^No sessions in json:.*nope\.$/m);
  });
});

describe("export --gzip", () => {
  it("compresses an archive, and so does a name that ends in .gz; import knows it by itself", async () => {
    const cli = await twoSessions();
    await cli.json("export", "--all", "--gzip", "--output", "a.bin");
    await cli.json("export", "--all", "--output", "b.jsonl.gz");
    const plain = (await cli.run(["export", "--all"])).stdout;
    for (const name of ["a.bin", "b.jsonl.gz"]) {
      expect(gunzipSync(await readFile(path.join(cli.folder, name))).toString("utf8")).toBe(plain);
      const store = `sqlite:./${name}.db`;
      expect(await cli.json<ImportReport>("--store", store, "import", name)).toMatchObject({
        imported: 2,
        failed: 0,
      });
    }
  });

  it("import of one that was cut off fails and says so", async () => {
    const cli = await twoSessions();
    await cli.json("export", "--all", "--output", "a.gz");
    const file = path.join(cli.folder, "a.gz");
    await writeFile(file, (await readFile(file)).subarray(0, -20));
    const result = await cli.run(["--store", "json:./other", "import", "a.gz"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("damaged as a gzip file");
  });

  it("means nothing for other formats", async () => {
    const cli = await twoSessions();
    const result = await cli.run(["export", "one", "--gzip", "--format", "html"]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("export --redact", () => {
  it("leaves secrets out of every format, counts them, and the store keeps them", async () => {
    const cli = await twoSessions();
    for (const format of ["archive", "html", "markdown"]) {
      const { stdout, stderr } = await cli.run(["export", "one", "--redact", "--format", format]);
      expect(stdout).toContain("[redacted:aws-access-key]");
      expect(stdout).not.toContain(KEY);
      expect(stderr).toMatch(/^1 secret redacted \(1 aws-access-key\)\. /);
    }
    const report = await cli.json("export", "--all", "--redact", "--output", "a.jsonl");
    expect(report).toMatchObject({ redacted: { total: 1, counts: { "aws-access-key": 1 } } });
    expect(
      await cli.json("export", "one", "--redact", "--format", "claw-port", "--output", "port"),
    ).toMatchObject({
      redacted: { total: 1 },
    });
    expect((await cli.run(["show", "one"])).stdout).toContain(KEY);
    expect((await cli.run(["export", "two", "--redact"])).stderr).toMatch(/^0 secrets redacted\. /);
  });
});
