import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { DemoReport } from "../src/demo/demo-report.js";
import { newCli } from "./run-cli.js";

describe("demo", () => {
  it("does the main job on the samples, verifies it and leaves the files", async () => {
    const cli = await newCli();
    const { code, stdout, stderr } = await cli.run(["demo"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^json +9 +\d+ .* yes$/m);
    expect(stdout).toMatch(/^yaml +9 +\d+ .* yes$/m);
    expect(stdout).toMatch(/^sqlite +9 +\d+ .* yes$/m);
    expect(stdout).toMatch(/^sqlite -> json +9 +9 of 9 .* yes$/m);
    const [run = ""] = await readdir(path.join(cli.folder, "agent-sessions-demo"));
    const folder = path.join(cli.folder, "agent-sessions-demo", run);
    expect((await readdir(folder)).sort()).toEqual(["json", "migrated", "sqlite", "yaml"]);
    const list = await cli.run([
      "list",
      "--store",
      `json:${path.join(folder, "migrated", "3-json")}`,
      "--json",
    ]);
    expect(JSON.parse(list.stdout)).toMatchObject({ sessions: { length: 9 } });
  });

  it("works on the files that it is given, and says in JSON what it did", async () => {
    const cli = await newCli();
    await writeFile(
      path.join(cli.folder, "one.json"),
      JSON.stringify({
        session_id: "one",
        messages: ["Grüße", "", "x".repeat(5000)],
        input_tokens: 1,
        output_tokens: 2,
      }),
    );
    await writeFile(path.join(cli.folder, "README.md"), "not a session");
    const report = await cli.json<DemoReport>("demo", "--from", ".", "--output", "out");
    expect(report).toMatchObject({
      ok: true,
      folder: path.join(cli.folder, "out"),
      equalAcrossBackends: 1,
      input: { found: 1, others: [{ wasNamed: false }] },
    });
    expect(report.backends.map(({ backend, verified }) => [backend, verified])).toEqual([
      ["json", true],
      ["yaml", true],
      ["sqlite", true],
    ]);
    expect(report.migration.map(({ from, to, equalDigests }) => [from, to, equalDigests])).toEqual([
      ["json", "yaml", 1],
      ["yaml", "sqlite", 1],
      ["sqlite", "json", 1],
    ]);
  });

  it("reports a garbled file that it is given, does the rest, and ends with 1", async () => {
    const cli = await newCli();
    await writeFile(path.join(cli.folder, "good.yaml"), "flow: f\nstate: s\n");
    await writeFile(path.join(cli.folder, "bad.json"), '{"session_id": "x", "messages": [');
    const { code, stdout, stderr } = await cli.run(["demo", "--from", "good.yaml", "bad.json"]);
    expect(code).toBe(1);
    expect(stderr).toContain("bad.json");
    expect(stdout).toMatch(/^sqlite -> json +1 +1 of 1 .* yes$/m);
  });

  it("ends with 1 when there is nothing to work on", async () => {
    const cli = await newCli();
    await writeFile(path.join(cli.folder, "garbage.json"), "}{");
    const { code, stdout, stderr } = await cli.run(["demo", "--from", "garbage.json", "missing"]);
    expect(code).toBe(1);
    expect(stderr).toContain("nothing to do");
    // Every backend was called wrong, for want of a session.
    expect(stdout + stderr).not.toContain("wrong");
  });

  it("overwrites nothing", async () => {
    const cli = await newCli();
    await writeFile(path.join(cli.folder, "mine.txt"), "keep me");
    expect((await cli.run(["demo", "--output", "."])).code).toBe(2);
    expect(await readdir(cli.folder)).toEqual(["mine.txt"]);
  });
});
