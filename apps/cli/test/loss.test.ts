import type { SessionHead, SessionPage } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "./run-cli.js";
import { fillStore, user } from "./terminal/fill-store.js";
import { describeOnTerminal, TestTerminal } from "./terminal/terminal.js";

const URL = "json:./store";

async function newStore(...ids: readonly string[]): Promise<Cli> {
  const cli = await newCli(URL);
  const messages = ["one", "two", "three"].map(user);
  await fillStore(
    cli,
    URL,
    ids.map((id) => ({ id, title: `Title of ${id}`, messages })),
  );
  return cli;
}

async function messageCounts(cli: Cli): Promise<Record<string, number>> {
  const { sessions } = await cli.json<SessionPage>("list");
  return Object.fromEntries(sessions.map(({ id, messageCount }) => [id, messageCount]));
}

describe("what is lost without a question", () => {
  // A script that was run twice deleted the session whose id began like that of the first.
  it("is lost to a whole id alone, and the error names the session that was nearly meant", async () => {
    const cli = await newStore("login-2");
    for (const args of [
      ["delete", "login", "--yes"],
      ["delete", "login"],
      ["delete", "latest", "--yes"],
      ["truncate", "login", "1", "--yes"],
      ["append", "login", "x", "--replace-from", "1", "--yes"],
    ]) {
      const { code, stdout, stderr } = await cli.run(args);
      expect({ args, code, stdout }).toEqual({ args, code: 3, stdout: "" });
      expect(stderr).toMatch(/^SESSION_NOT_FOUND .* has the id "(?:login|latest)"/);
      expect(stderr).toMatch(/^ {5}login-2 {2}2026-01-31 \d\d:\d\d {2}Title of login-2$/m);
      expect(stderr).toMatch(/^do: {2}Type "login-2" in whole/m);
    }
    expect(await messageCounts(cli)).toEqual({ "login-2": 3 });
  });

  it("names each session that a beginning may mean", async () => {
    const cli = await newStore("abc", "abd");
    const { code, stderr } = await cli.run(["delete", "ab", "--yes", "--json"]);
    expect(code).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({
      code: "SESSION_NOT_FOUND",
      details: { candidates: [{ id: "abd" }, { id: "abc" }] },
    });
  });
});

describe("append --replace-from", () => {
  it("without a terminal drops nothing unless it is told --yes", async () => {
    const cli = await newStore("s");
    const { code, stderr } = await cli.run(["append", "s", "x", "--replace-from", "1"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^INVALID_OPTIONS .*there is no terminal to ask on\.\nwhy: .*\ndo: .*--yes/);
    expect(await messageCounts(cli)).toEqual({ s: 3 });
    const head = await cli.json<SessionHead>("append", "s", "x", "--replace-from", "1", "--yes");
    expect(head.messageCount).toBe(1);
  });

  it("asks for nothing where nothing goes", async () => {
    const cli = await newStore("s");
    expect((await cli.json<SessionHead>("append", "s", "x", "--replace-from", "4")).messageCount).toBe(4);
    const made = await cli.json<SessionHead>(
      "append",
      "t",
      "x",
      "--replace-from",
      "1",
      "--create-if-missing",
    );
    expect(made.messageCount).toBe(1);
  });
});

describeOnTerminal("append --replace-from, on a terminal", () => {
  it("shows which messages go, takes the beginning of an id, and keeps them after a no", async () => {
    const cli = await newStore("session");
    const terminal = TestTerminal.open(cli, ["append", "sess", "x", "--replace-from", "2"]);
    const screen = await terminal.shows("No");
    expect(screen).toMatch(/Drop 2 messages for good\?\n.*session +session\n/);
    expect(screen).toMatch(/goes +2 messages: #2 to #3\n.*stays +1 message\n/);
    terminal.press("enter");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).toContain("Nothing was dropped.");
    expect(await messageCounts(cli)).toEqual({ session: 3 });
  });
});

describe("latest", () => {
  it.each([
    [["create", "--id", "latest"]],
    [["fork", "s", "--id", "latest"]],
    [["append", "latest", "x", "--create-if-missing"]],
  ])("is no id of a new session: %j", async (args) => {
    const cli = await newStore("s");
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^INVALID_OPTIONS .*"latest", which stands for the newest one\.$/m);
    expect(await messageCounts(cli)).toEqual({ s: 3 });
  });

  it("names a session that has this id already", async () => {
    const cli = await newStore("latest", "newer");
    const args = ["append", "latest", "x", "--create-if-missing"];
    expect(await cli.json<SessionHead>(...args)).toMatchObject({ id: "latest", messageCount: 4 });
  });
});
