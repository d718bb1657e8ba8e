import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "./run-cli.js";
import { fillStore, user } from "./terminal/fill-store.js";

const URL = "sqlite:./store.db";

async function newStore(): Promise<Cli> {
  const cli = await newCli(URL);
  await fillStore(cli, URL, [{ id: "a", messages: [user("hello")] }]);
  return cli;
}

describe("a namespace without sessions", () => {
  it.each([
    [["list"], "No sessions in"],
    [["search", "hello"], "Nothing found in"],
    [["tree"], "No session in"],
    [["export", "--all"], "No sessions in"],
  ])("is named by %j, and so are those that have some", async (args, said) => {
    const cli = await newStore();
    const { code, stderr } = await cli.run([...args, "--namespace", "nope"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^${said} namespace "nope" of sqlite:.*store\\.db`));
    expect(stderr).toContain(" There are sessions in the default namespace (--namespace '').");
  });

  it("is told by stats apart from the others", async () => {
    const cli = await newStore();
    const stats = await cli.json("stats", "--namespace", "nope");
    expect(stats).toMatchObject({ namespace: "nope", otherNamespaces: [""] });
    expect((await cli.run(["stats", "--namespace", "nope"])).stdout).toMatch(
      /^namespace +nope\nother namespaces +''$/m,
    );
  });
});

describe("an archive of another namespace", () => {
  // The archive names it, and its sessions went into the default one without a word.
  it("is imported into the one that is named, or meant by default, and the summary says so", async () => {
    const cli = await newStore();
    await cli.json("create", "--id", "t", "--namespace", "team");
    await cli.json("export", "--all", "--namespace", "team", "--output", "team.jsonl");
    const elsewhere = ["--store", "json:./copy"];
    const { stderr } = await cli.run(["import", "team.jsonl", ...elsewhere]);
    expect(stderr).toBe(
      'Sessions that were exported from namespace "team" go into another one; --namespace team puts them into their own.\n',
    );
    const own = await cli.run(["import", "team.jsonl", "--namespace", "team", ...elsewhere]);
    expect(own).toMatchObject({ code: 0, stderr: "" });
  });
});
