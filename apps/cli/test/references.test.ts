import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Session, SessionHead } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "./run-cli.js";
import { fillStore, user } from "./terminal/fill-store.js";

const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));

async function idOf(cli: Cli, ...args: readonly string[]): Promise<string> {
  return (await cli.json<Session>("show", ...args)).id;
}

describe("a reference", () => {
  it("is a full id, the beginning of one id, or latest; an exact id wins over both", async () => {
    const cli = await newCli("sqlite:./s.db");
    for (const id of ["login", "login-again", "other"]) await cli.json("create", "--id", id, "--message", id);
    await cli.json("create", "--id", "empty");
    expect(await idOf(cli, "login")).toBe("login");
    expect(await idOf(cli, "login-")).toBe("login-again");
    expect(await idOf(cli, "latest")).toBe("other");
    await fillStore(cli, "sqlite:./s.db", [{ id: "latest", messages: [user("an id like any other")] }]);
    await cli.json("append", "other", "newer");
    expect(await idOf(cli, "latest")).toBe("latest");
  });

  it("latest passes over sessions without messages, and says so where there are no others", async () => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "empty");
    const { code, stderr } = await cli.run(["append", "latest", "x"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^why: .*\bmessage\b/m);
    expect(stderr).toMatch(/^do: {2}.*\bid\b.*agent-sessions list/m);
    expect((await cli.run(["append", "--help"])).stdout).toMatch(/latest \(the newest\s+with a\s+message\)/);
  });

  it("that begins several ids is refused, and they are named with time and title", async () => {
    const cli = await newCli("json:./s");
    await cli.json("create", "--id", "abc", "--title", "one");
    await cli.json("create", "--id", "abd", "--message", "two");
    const { code, stderr } = await cli.run(["update", "ab", "--pin"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^INVALID_QUERY "ab" begins the ids of 2 sessions\.$/m);
    expect(stderr).toMatch(/^ {5}abc {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}one$/m);
    expect(stderr).toMatch(/^ {5}abd .* two$/m);
    expect((await cli.json<{ sessions: unknown[] }>("list")).sessions).toHaveLength(2);
    const json = await cli.run(["show", "ab", "--json"]);
    expect(JSON.parse(json.stderr)).toMatchObject({
      details: { candidates: [{ id: "abd", name: "two" }, { id: "abc" }] },
    });
  });

  // What was wrong with the file stood in the place of what was asked.
  it("that leads nowhere is not found, also where a config file lies that is refused", async () => {
    const cli = await newCli("json:./s");
    await writeFile(path.join(cli.folder, ".agent-sessionsrc"), '{"store":"postgres://host.example/db"}');
    expect((await cli.run(["show", "nope"])).code).toBe(3);
  });

  it("that leads nowhere names the store, and where else sessions are", async () => {
    const cli = await newCli();
    await cli.json("create", "--id", "here", "--namespace", "team");
    await cli.json("create", "--id", "there");
    const inNamespace = await cli.run(["show", "here"]);
    expect(inNamespace.code).toBe(3);
    expect(inNamespace.stderr).toContain(
      `sqlite:${path.join(cli.folder, "data", "agent-sessions", "sessions.db")}.`,
    );
    expect(inNamespace.stderr).toMatch(/^why: It is in namespace "team" \(--namespace team\)\.$/m);
    const inDefault = await cli.run(["--store", "json:./empty", "show", "ther"]);
    expect(inDefault.stderr).toMatch(/^why: It is in the default store \(--store sqlite:.*\)\.$/m);
    await writeFile(path.join(cli.folder, ".agent-sessionsrc"), '{"store":"yaml:./mine"}');
    await cli.json("create", "--id", "mine");
    const inConfig = await cli.run(["show", "mine"], { env: { AGENT_SESSIONS_STORE: "json:./empty" } });
    expect(inConfig.stderr).toMatch(
      /^why: It is in the store of config file .*\.agent-sessionsrc \(--store yaml:/m,
    );
    const nowhere = await cli.run(["--store", "json:./empty", "show", "nope"]);
    expect(nowhere.stderr).toMatch(/^why: .*there are sessions in the default store/im);
  });

  it.each(["append", "update", "fork", "export", "tree", "repair"])("is taken by %s", async (command) => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "a-long-id", "--message", "hello");
    const rest: Readonly<Record<string, readonly string[]>> = {
      append: ["more"],
      update: ["--pin"],
    };
    const result = await cli.run([command, "a-l", ...(rest[command] ?? [])]);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect((await cli.run([command, "nope", ...(rest[command] ?? [])])).code).toBe(3);
  });

  it("names the parent of forks, also one that was deleted", async () => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "parent", "--message", "hello");
    await cli.json("fork", "parent", "--id", "fork");
    const forks = async (parent: string): Promise<unknown> =>
      (await cli.json<{ sessions: SessionHead[] }>("list", "--parent", parent)).sessions.map(({ id }) => id);
    expect(await forks("par")).toEqual(["fork"]);
    await cli.json("delete", "parent", "--yes");
    expect(await forks("parent")).toEqual(["fork"]);
  });

  it("append --create-if-missing takes an id as it is", async () => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "abc");
    expect((await cli.json<SessionHead>("append", "ab", "x", "--create-if-missing")).id).toBe("ab");
  });
});

describe("show", () => {
  it("takes a hit of search, and begins at its message", async () => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "a", "--message", "one", "--message", "needle", "--message", "three");
    const [reference = ""] = (await cli.run(["search", "needle"])).stdout.split("  ");
    expect(reference).toBe("a:2");
    expect(await cli.json<Session>("show", reference)).toMatchObject({
      id: "a",
      messages: [{ content: "needle" }, { content: "three" }],
    });
    expect((await cli.run(["show", reference])).stdout).not.toContain("#1 user");
    await cli.json("create", "--id", "a:2", "--message", "an id like any other");
    expect(await idOf(cli, "a:2")).toBe("a:2");
  });

  it("of an archive, or of a file of another tool, names import", async () => {
    const cli = await newCli("json:./s");
    await cli.json("create", "--id", "a", "--message", "x");
    const archive = await cli.run(["export", "a"]);
    await writeFile(path.join(cli.folder, "a.jsonl"), archive.stdout);
    await writeFile(path.join(cli.folder, "b.jsonl"), '{"not":"ours"}\n');
    await writeFile(path.join(cli.folder, "it's a.jsonl"), archive.stdout);
    const { code, stderr } = await cli.run(["show", "./a.jsonl"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^INVALID_OPTIONS /);
    expect(stderr).toMatch(/^do: {2}.*agent-sessions import \.\/a\.jsonl/m);
    const none = await cli.run(["show", "./b.jsonl"]);
    expect(none).toMatchObject({ code: 5, stdout: "" });
    expect(none.stderr).toMatch(/^do: {2}Name the file of a session/m);
    const quoted = await cli.run(["show", "./it's a.jsonl"]);
    const command = /agent-sessions (import .*), then/.exec(quoted.stderr)?.[1] ?? "";
    expect(command).toBe("import './it'\\''s a.jsonl'");
    const script = `"$0" "$1" ${command}`;
    expect(
      execFileSync("sh", ["-c", script, process.execPath, PROGRAM], {
        cwd: cli.folder,
        env: cli.env,
        encoding: "utf8",
      }),
    ).toMatch(/1/);
  });

  it("of a damaged file that may be of several formats says that it is damaged", async () => {
    const cli = await newCli("json:./s");
    await writeFile(path.join(cli.folder, "a.json"), '{"session_id":"x","messages":[]}');
    expect(await cli.run(["show", "./a.json"])).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^SESSION_CORRUPTED /),
    });
  });

  it.each(["json", "yaml"])(
    "reads a session file of %s wherever it lies, by its path and never by a bare name",
    async (backend) => {
      const cli = await newCli(`${backend}:./s`);
      const created = await cli.json<SessionHead>(
        "create",
        "--id",
        "login",
        "--message",
        "one",
        "--message",
        "two",
      );
      const file = `login.${backend === "json" ? "jsonl" : "yaml"}`;
      await mkdir(path.join(cli.folder, "elsewhere"));
      const elsewhere = { env: { AGENT_SESSIONS_STORE: "json:./elsewhere" } };
      const shown = await cli.run(["show", `./s/${file}`, "--json"], elsewhere);
      expect(JSON.parse(shown.stdout)).toEqual(await cli.json("show", "login"));
      expect(JSON.parse(shown.stdout)).toMatchObject({ id: created.id, messageCount: 2 });
      const tail = await cli.run(["show", "--file", path.join("s", file), "--tail", "1"], elsewhere);
      expect(tail.stdout).toMatch(/#2 user.*\ntwo\n$/);
      expect(tail.stdout).not.toContain("#1 user");
      expect((await cli.run(["show", "s"], elsewhere)).code).toBe(3);
      expect((await cli.run(["show", "./s/nope.jsonl"], elsewhere)).stderr).toMatch(/^STORE_IO /);
      // A folder was a session that was damaged, for which exit code 5 stands.
      const folder = await cli.run(["show", "./s"], elsewhere);
      expect([folder.code, folder.stderr]).toEqual([
        2,
        expect.stringMatching(/^INVALID_OPTIONS .* is a folder/),
      ]);
      await cli.json("create", "--id", `s/${file}`, "--message", "an id with a separator");
      expect(await idOf(cli, `s/${file}`)).toBe(`s/${file}`);
    },
  );

  it("takes the beginning of an id that holds a separator, where no file of that name is", async () => {
    const cli = await newCli("json:./s");
    await cli.json("create", "--id", "ns/one", "--message", "hello");
    expect(await idOf(cli, "ns/o")).toBe("ns/one");
    expect((await cli.run(["show", "ns/o:1"])).stdout).toContain("hello");
    await mkdir(path.join(cli.folder, "ns"));
    await writeFile(path.join(cli.folder, "ns", "o"), "a file");
    expect((await cli.run(["show", "ns/o"])).code).toBe(5);
  });

  it("wants either a session or a file", async () => {
    const cli = await newCli("json:./s");
    expect((await cli.run(["show"])).code).toBe(2);
    expect((await cli.run(["show", "a", "--file", "b"])).code).toBe(2);
  });
});
