import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { SessionHead, SessionPage } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "../run-cli.js";
import { fillStore, user } from "./fill-store.js";
import { describeOnTerminal, type Key, TestTerminal } from "./terminal.js";

const URL = "json:./store";

async function newStore(): Promise<Cli> {
  const cli = await newCli(URL);
  const messages = ["Why does login fail?", "Look.", "It \u001b[31mworks."].map(user);
  await fillStore(cli, URL, [{ id: "login", title: "Fix the login bug", messages }]);
  return cli;
}

async function idsOf(cli: Cli): Promise<readonly string[]> {
  return (await cli.json<SessionPage>("list")).sessions.map(({ id }) => id).sort();
}

describeOnTerminal("delete, on a terminal", () => {
  it("shows what will go and what stays, and deletes after a yes", async () => {
    const cli = await newStore();
    for (const id of ["one", "two", "three", "four"]) await cli.json("fork", "login", "--id", id);
    const terminal = TestTerminal.open(cli, ["delete", "login"]);
    const screen = await terminal.shows("No");
    expect(screen).toContain("Delete it for good?");
    expect(screen).toMatch(/session +login\n.*title +Fix the login bug\n/);
    expect(screen).toMatch(/goes +3 messages, created 2026-01-31 12:00, changed 2026-01-31 12:00 UTC\n/);
    expect(screen).toMatch(/stays +4 forks of it, whole: \w+, \w+, \w+ and 1 more\n/);
    terminal.type("y");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).toContain("login: deleted");
    expect(await idsOf(cli)).toEqual(["four", "one", "three", "two"]);
  });

  it.each<[answer: string, key: Key, code: number]>([
    ["Enter", "enter", 0],
    ["Escape", "escape", 130],
    ["Ctrl-C", "ctrl-c", 130],
  ])("deletes nothing at %s, and says so", async (_, key, code) => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, ["delete", "login"]);
    await terminal.shows("No");
    terminal.press(key);
    expect(await terminal.ended()).toBe(code);
    expect(terminal.screen).toContain("Nothing was deleted.");
    expect(await idsOf(cli)).toEqual(["login"]);
  });

  it("deletes nothing at a signal, and says so", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, ["delete", "login"]);
    await terminal.shows("No");
    terminal.signal("SIGTERM");
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen).toContain("Nothing was deleted.");
    expect(await idsOf(cli)).toEqual(["login"]);
  });

  it("deletes a session that cannot be read, and says that it cannot", async () => {
    const cli = await newStore();
    await writeFile(path.join(cli.folder, "store", "login.jsonl"), "not a session\n");
    const terminal = TestTerminal.open(cli, ["delete", "login"]);
    await terminal.shows("what is left of it: it cannot be read");
    terminal.type("y");
    expect(await terminal.ended()).toBe(0);
    expect(await idsOf(cli)).toEqual([]);
  });

  it("asks without colours, where NO_COLOR asks for it", async () => {
    const terminal = TestTerminal.open(await newStore(), ["delete", "login"], { env: { NO_COLOR: "1" } });
    await terminal.shows("No");
    terminal.type("n");
    await terminal.ended();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set colours begin with one
    expect(terminal.output).not.toMatch(/\u001b\[[\d;]*m/);
  });

  it("asks nothing with --yes", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, ["delete", "login", "--yes"]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).toBe("login: deleted");
  });
});

describeOnTerminal("truncate, on a terminal", () => {
  it("shows which messages will go, and drops them after a yes", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, ["truncate", "login", "1"]);
    const screen = await terminal.shows("No");
    expect(screen).toMatch(/goes +2 messages: #2 to #3\n.*stays +1 message\n/);
    terminal.type("y");
    expect(await terminal.ended()).toBe(0);
    expect((await cli.json<SessionHead>("show", "login")).messageCount).toBe(1);
  });

  it("drops nothing at Ctrl-C, and says so", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, ["truncate", "login", "1"]);
    await terminal.shows("No");
    terminal.press("ctrl-c");
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen).toContain("Nothing was dropped.");
    expect((await cli.json<SessionHead>("show", "login")).messageCount).toBe(3);
  });

  it("drops nothing that was added while it asked", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, ["truncate", "login", "1"]);
    await terminal.shows("No");
    await cli.json("append", "login", "More.");
    terminal.type("y");
    expect(await terminal.ended()).toBe(4);
    expect(terminal.screen).toContain("SESSION_CONFLICT");
    expect((await cli.json<SessionHead>("show", "login")).messageCount).toBe(4);
  });

  it("does not ask where nothing goes", async () => {
    const terminal = TestTerminal.open(await newStore(), ["truncate", "login", "3"]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).toBe("login: 3 messages, revision 1");
  });
});

describe("without a terminal", () => {
  it.each([[["delete", "login"]], [["truncate", "login", "1"]]])(
    "%j is refused, and the error names --yes",
    async (args) => {
      const cli = await newStore();
      const { code, stderr } = await cli.run(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^INVALID_OPTIONS .*there is no terminal to ask on\.\nwhy: .*\ndo: .*--yes/);
      expect((await cli.json<SessionHead>("show", "login")).messageCount).toBe(3);
    },
  );
});
