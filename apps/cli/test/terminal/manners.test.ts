import type { SessionPage } from "@agent-sessions/core";
import { expect, it } from "vitest";
import { newCli } from "../run-cli.js";
import { fillStore, user } from "./fill-store.js";
import { describeOnTerminal, TestTerminal } from "./terminal.js";

const URL = "json:./store";

describeOnTerminal("a closed pipe", () => {
  it("ends list quietly", async () => {
    const url = "sqlite:./store.db";
    const cli = await newCli(url);
    const sessions = Array.from({ length: 1000 }, (_, index) => ({ id: `s${index}`, title: "x".repeat(60) }));
    await fillStore(cli, url, sessions);
    const script = `{ "$0" "$1" list --limit 1000; echo "code $?" >&2; } | head -n 1`;
    const terminal = TestTerminal.open(cli, [], {
      columns: 100,
      command: ["sh", "-c", script, process.execPath, TestTerminal.program],
    });
    await terminal.ended();
    expect(terminal.screen.split("\n").sort()).toEqual([expect.stringMatching(/^ID /), "code 0"]);
  });
});

describeOnTerminal("append without a text", () => {
  it("says how to end what is typed, and Ctrl-D ends it", async () => {
    const cli = await newCli(URL);
    const terminal = TestTerminal.open(cli, ["append", "s", "--create-if-missing"]);
    await terminal.shows("Type the message, and Ctrl-D on a line of its own to end.");
    terminal.type("hello\r");
    terminal.press("ctrl-d");
    expect(await terminal.ended()).toBe(0);
    expect(await cli.json("show", "s")).toMatchObject({ messages: [{ role: "user", content: "hello" }] });
  });
});

describeOnTerminal("Ctrl-C in an import", () => {
  it("leaves whole sessions, says so, and the import can be repeated", async () => {
    const cli = await newCli(URL);
    const sessions = Array.from({ length: 400 }, (_, index) => ({
      id: `s${index}`,
      messages: [user("a"), user("b")],
    }));
    await fillStore(cli, "sqlite:./source.db", sessions);
    await cli.json("export", "--all", "--output", "all.jsonl", "--store", "sqlite:./source.db");
    const terminal = TestTerminal.open(cli, ["import", "all.jsonl"]);
    await terminal.shows((screen) => /Importing\b.* [1-9]\d* sessions/.test(screen));
    terminal.press("ctrl-c");
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen).toMatch(/^Importing ended after \d+ sessions: \d+ imported\.\nInterrupted/);
    expect(await cli.records("verify")).toEqual([]);
    const again = await cli.json<{ imported: number; skipped: number }>(
      "import",
      "all.jsonl",
      "--store",
      `${URL}?durability=relaxed`,
    );
    expect(again.imported).toBeGreaterThan(0);
    expect(again.skipped).toBeGreaterThan(0);
    expect(again.imported + again.skipped).toBe(400);
  });
});

describeOnTerminal("list --watch, on a terminal", () => {
  it("shows what others do to the store, until Ctrl-C", async () => {
    const cli = await newCli(URL);
    await fillStore(cli, URL, [{ id: "first", title: "First" }]);
    const terminal = TestTerminal.open(cli, ["list", "--watch"]);
    await terminal.shows("First");
    await cli.json("create", "--title", "Second");
    await terminal.shows("Second");
    terminal.press("ctrl-c");
    expect(await terminal.ended()).toBe(130);
    expect((await cli.json<SessionPage>("list")).sessions).toHaveLength(2);
  });

  it("leaves what can be scrolled back to", async () => {
    const cli = await newCli(URL);
    await fillStore(cli, URL, [{ id: "first", title: "First" }]);
    const script = `seq 100; exec "$0" "$1" list --watch`;
    const terminal = TestTerminal.open(cli, [], {
      command: ["sh", "-c", script, process.execPath, TestTerminal.program],
    });
    await terminal.shows("First");
    terminal.press("ctrl-c");
    await terminal.ended();
    expect(terminal.scrollback.split("\n").slice(0, 3)).toEqual(["1", "2", "3"]);
  });
});
