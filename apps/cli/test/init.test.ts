import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { newCli } from "./run-cli.js";

describe("init", () => {
  it.each(["sqlite", "json", "yaml"])(
    "writes a config file for %s, which the next command uses",
    async (backend) => {
      const cli = await newCli();
      const written = await cli.json("init", "--backend", backend, "--namespace", "team-a");
      const file = path.join(cli.folder, "agent-sessions.config.json");
      const place = path.join(cli.folder, backend === "sqlite" ? "sessions.db" : "sessions");
      expect(written).toEqual({ path: file, store: `${backend}:${place}`, namespace: "team-a" });
      // Only the file: the store is made by the first write.
      expect(await readdir(cli.folder)).toEqual(["agent-sessions.config.json"]);
      expect(await cli.json("config")).toMatchObject({
        store: { value: `${backend}:${place}`, source: `config file ${file}` },
        namespace: { value: "team-a" },
      });
      expect(await cli.json("create")).toMatchObject({ namespace: "team-a" });
    },
  );

  it("keeps a path with odd characters as it is", async () => {
    const cli = await newCli();
    await cli.json("init", "--backend", "json", "--path", "./a?b%20c");
    await cli.json("create", "--id", "s");
    expect(await readdir(path.join(cli.folder, "a?b%20c"))).toContain("s.jsonl");
  });

  // Typed at the question, or written into a file, no shell has put the home folder there: it made a folder of the name "~".
  it("takes ~/ for the home folder, as do a config file and --store", async () => {
    const cli = await newCli();
    const home = path.join(cli.folder, "home");
    const env = { HOME: home };
    const place = path.join(home, "mine");
    const init = await cli.run(["init", "--backend", "json", "--path", "~/mine", "--json"], { env });
    expect(JSON.parse(init.stdout)).toMatchObject({ store: `json:${place}` });
    await cli.run(["create", "--id", "a"], { env });
    await cli.run(["--store", "json:~/mine", "create", "--id", "b"], { env });
    expect(await readdir(place)).toEqual(expect.arrayContaining(["a.jsonl", "b.jsonl"]));
    expect(await readdir(cli.folder)).not.toContain("~");
  });

  it("refuses an empty path, which no store could be opened at", async () => {
    const cli = await newCli();
    const { code, stderr } = await cli.run(["init", "--backend", "json", "--path", ""]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--path")]);
    expect(await readdir(cli.folder)).toEqual([]);
  });

  it.each([
    ["agent-sessions.config.json", "{}"],
    [".agent-sessionsrc", "{}"],
    ["package.json", '{"agent-sessions":{}}'],
  ])("overwrites nothing where there is a %s", async (name, content) => {
    const cli = await newCli();
    await writeFile(path.join(cli.folder, name), content);
    const { code, stderr } = await cli.run(["init", "--backend", "json"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(name)]);
    expect(await readdir(cli.folder)).toEqual([name]);
    expect(await readFile(path.join(cli.folder, name), "utf8")).toBe(content);
  });

  it("writes nothing for a place that cannot be used, without a backend and a terminal, or with --store", async () => {
    const cli = await newCli();
    expect((await cli.run(["init", "--backend", "sqlite", "--path", "."])).code).toBe(1);
    const unasked = await cli.run(["init"]);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("--backend")]);
    expect((await cli.run(["init", "--backend", "json", "--store", "json:./x"])).code).toBe(2);
    expect(await readdir(cli.folder)).toEqual([]);
  });
});
