import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "./run-cli.js";

const SAID =
  "unreadable 1 session cannot be read and was passed over; agent-sessions verify names what is wrong.\n";

/** A store of which one session is damaged. */
async function damaged(): Promise<Cli> {
  const cli = await newCli("json:./s");
  await cli.json("create", "--id", "sound", "--message", "hello");
  await cli.json("create", "--id", "torn", "--message", "needle");
  await writeFile(path.join(cli.folder, "s", "torn.jsonl"), '{"needle\n');
  return cli;
}

// They were passed over without a word, and search said that nothing was found.
describe("what cannot be read is told", () => {
  it("by search, behind its hits or in place of them", async () => {
    const cli = await damaged();
    const { code, stderr } = await cli.run(["search", "needle"]);
    expect([code, stderr.slice(stderr.indexOf("unreadable"))]).toEqual([0, SAID]);
    expect(await cli.run(["search", "hello"])).toMatchObject({ stderr: SAID });
    expect((await cli.run(["search", "needle", "--json"])).stderr).toBe('{"unreadable":1}\n');
    expect((await cli.run(["search", "hello", "--id-prefix", "sou"])).stderr).toBe("");
  });

  it("by tree and stats", async () => {
    const cli = await damaged();
    expect(await cli.run(["tree", "--all"])).toEqual({
      code: 0,
      stdout: "sound  hello (1 message)\n",
      stderr: SAID,
    });
    expect((await cli.run(["stats"])).stderr).toBe(SAID);
    expect(await cli.json("stats")).toMatchObject({ usage: { sessions: 1, unreadable: 1 } });
  });
});
