import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { SessionHead, SessionPage } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "../run-cli.js";
import { fillStore, user } from "./fill-store.js";
import { describeOnTerminal, TestTerminal } from "./terminal.js";

/** The driver, without the types that this package does not have. */
const Database = createRequire(import.meta.url)("better-sqlite3") as new (
  path: string,
) => { exec(sql: string): void; close(): void };

const JSON_STORE = "json:./store";

/** Three sessions, the newest first: two have titles and labels, and one holds what a terminal must not be sent. */
async function newStore(url = JSON_STORE): Promise<Cli> {
  const cli = await newCli(url);
  await fillStore(cli, url, [
    { id: "login", title: "Fix the login bug", labels: ["auth"], messages: [user("Why does login fail?")] },
    {
      id: "tokens",
      title: "Rotate the tokens",
      labels: ["auth", "api"],
      messages: [user("The token expires.")],
    },
    { id: "wide", messages: [user("日本語 e\u0301 \u001b[31m\u0007 preview")] },
  ]);
  return cli;
}

/** The lines of the list: what stands between the filter and the rule. */
function listOf(screen: string): readonly string[] {
  const lines = screen.split("\n").slice(2);
  return lines
    .slice(
      0,
      lines.findIndex((line) => line.startsWith("─")),
    )
    .filter((line) => line !== "");
}

async function openPicker(cli: Cli, options = {}): Promise<TestTerminal> {
  const terminal = TestTerminal.open(cli, [], options);
  await terminal.shows("3 sessions");
  return terminal;
}

describeOnTerminal("agent-sessions alone, on a terminal", () => {
  it("lists the sessions, newest first, with a preview of the chosen one, and leaves no trace", async () => {
    const terminal = await openPicker(await newStore());
    const screen = await terminal.shows("user");
    const list = listOf(screen);
    expect(list[0]).toMatch(/^> {4}日本語 e\u0301/u);
    expect(list[1]).toMatch(/^ {5}Rotate the tokens +api,auth +1 {2}2026-01-31$/);
    expect(list[2]).toMatch(/^ {5}Fix the login bug +auth +1 {2}\d{4}-/);
    expect(screen).toContain("wide · 1 message");
    expect(terminal.isAlternate).toBe(true);
    terminal.press("escape");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.screen).toBe("");
  });

  it("aligns wide and combining characters, and sends no control character of a session", async () => {
    const terminal = await openPicker(await newStore());
    const screen = await terminal.shows("user");
    expect(screen).toContain("\\u001b[31m\\u0007 preview");
    expect(terminal.output).not.toContain("\u0007");
    expect(terminal.output).not.toContain("\u001b[31m\\u0007");
    // A wide character takes two columns of the screen and one place in its text.
    const [wide = "", narrow = ""] = listOf(screen);
    expect(wide.indexOf("20") + "日本語".length - "\u0301".length).toBe(narrow.indexOf("20"));
  });

  it("filters by title, preview, label and id as one types, every word in any case", async () => {
    const terminal = await openPicker(await newStore());
    terminal.type("TOKENS api");
    expect(listOf(await terminal.shows("1 of 3"))).toHaveLength(1);
    terminal.press("ctrl-u");
    await terminal.shows("  3 sessions");
    terminal.type("login fail");
    expect(listOf(await terminal.shows("1 of 3"))[0]).toContain("Fix the login bug");
    terminal.press("ctrl-w");
    terminal.press("backspace", "backspace");
    await terminal.shows("> logi\n");
    terminal.press("ctrl-u");
    terminal.type("wid");
    await terminal.shows((screen) => screen.includes("1 of 3") && screen.includes("日本語"));
    terminal.type("x");
    await terminal.shows('Nothing holds "widx".');
  });

  it("shows the chosen session in the pager and comes back", async () => {
    const terminal = await openPicker(await newStore(), { env: { PAGER: "cat -n; read _ < /dev/tty" } });
    terminal.press("down", "enter");
    await terminal.shows((screen) => /1 +id +tokens/.test(screen) && screen.includes("The token expires."));
    terminal.press("enter");
    expect(listOf(await terminal.shows("3 sessions"))[1]).toMatch(/^> +Rotate the tokens/);
    terminal.press("escape");
    expect(await terminal.ended()).toBe(0);
  });

  it("shows the chosen session without a pager until Enter", async () => {
    const terminal = await openPicker(await newStore(), { env: { PAGER: "cat" } });
    terminal.press("down", "enter");
    await terminal.shows("Press Enter to go back.");
    expect(terminal.screen).toContain("The token expires.");
    terminal.press("enter");
    await terminal.shows("3 sessions");
    terminal.press("ctrl-c");
    expect(await terminal.ended()).toBe(130);
    // Nothing was under way that could be told of.
    expect(terminal.screen).not.toContain("Interrupted");
    expect(terminal.isAlternate).toBe(false);
  });

  it.each(["json:./store", "sqlite:./store.db"])("pins, archives and forks in %s", async (url) => {
    const cli = await newStore(url);
    const terminal = await openPicker(cli);
    terminal.type("login");
    await terminal.shows("1 of 3");
    terminal.press("ctrl-p");
    await terminal.shows("Pinned: Fix the login bug");
    terminal.press("ctrl-a");
    await terminal.shows("Archived: Fix the login bug");
    expect(await cli.json<SessionHead>("show", "login", "--tail", "1")).toMatchObject({
      pinned: true,
      archived: true,
    });
    terminal.press("ctrl-u");
    expect(listOf(await terminal.shows("  3 sessions"))[0]).toMatch(/^> \*- Fix the login bug/);
    terminal.press("ctrl-p");
    await terminal.shows("Unpinned: Fix the login bug");
    terminal.press("ctrl-a");
    await terminal.shows("Brought back from the archive: Fix the login bug");
    terminal.press("ctrl-f");
    const id = /Forked as (\S+)/.exec(await terminal.shows("4 sessions"))?.[1] ?? "";
    await terminal.shows("fork of login");
    expect(await cli.json<SessionHead>("show", id, "--tail", "1")).toMatchObject({ parent: { id: "login" } });
  });

  it("exports a session to a new file, and overwrites none", async () => {
    const cli = await newStore();
    const terminal = await openPicker(cli);
    terminal.press("ctrl-e");
    await terminal.shows("Exported to ");
    const archive = await readFile(path.join(cli.folder, "wide.jsonl"), "utf8");
    terminal.press("ctrl-e");
    await terminal.shows("INVALID_OPTIONS The file ");
    expect(await readFile(path.join(cli.folder, "wide.jsonl"), "utf8")).toBe(archive);
    expect(await cli.json("import", "wide.jsonl", "--store", "json:./copy")).toMatchObject({ imported: 1 });
  });

  it("deletes after a yes to what will go, and after nothing else", async () => {
    const cli = await newStore();
    await cli.json("fork", "login", "--id", "copy");
    const terminal = TestTerminal.open(cli, []);
    await terminal.shows("4 sessions");
    terminal.type("fix login");
    terminal.press("end");
    await terminal.shows("login · 1 message");
    for (const key of ["enter", "ctrl-c", "escape"] as const) {
      terminal.press("ctrl-d");
      await terminal.shows("Delete it for good?");
      expect(terminal.screen).toMatch(
        /title +Fix the login bug\ngoes +1 message, .*\nstays +1 fork of it, whole: copy/,
      );
      terminal.press(key);
      await terminal.shows("Nothing was deleted.");
    }
    expect((await cli.json<SessionPage>("list")).sessions).toHaveLength(4);
    terminal.press("ctrl-d");
    await terminal.shows("Delete it for good?");
    terminal.type("y");
    await terminal.shows("Deleted: Fix the login bug");
    const { sessions } = await cli.json<SessionPage>("list");
    expect(sessions.map(({ id }) => id).sort()).toEqual(["copy", "tokens", "wide"]);
  });

  it("reads a large store as far as it is wanted", async () => {
    const url = "sqlite:./store.db";
    const cli = await newCli(url);
    const sessions = Array.from({ length: 2500 }, (_, index) => ({
      id: `s${index}`,
      title: `Number ${index}`,
    }));
    await fillStore(cli, url, sessions);
    const terminal = TestTerminal.open(cli, []);
    await terminal.shows("1,000+ sessions");
    terminal.press("end");
    await terminal.shows("2,000+ sessions");
    terminal.press("home");
    await terminal.shows((screen) => screen.includes(">    Number 2499"));
    terminal.type("s17");
    expect(listOf(await terminal.shows("100+ of 2,000+ sessions"))[0]).toContain("Number 1799");
    terminal.press("end");
    await terminal.shows("111 of 2,500 sessions");
    terminal.press("end");
    expect(listOf(await terminal.shows("> s17")).length).toBeGreaterThan(5);
    await terminal.shows((screen) => /^> {4}Number 17 /m.test(screen));
  });

  it("fits the terminal anew when its size changes", async () => {
    const terminal = await openPicker(await newStore());
    await terminal.shows("wide · 1 message");
    terminal.resize(40, 10);
    const small = await terminal.shows((screen) => screen.endsWith("^P pin  ^A archive  ^F fork…"));
    expect(small).toContain("Rotate the tokens");
    expect(Math.max(...small.split("\n").map((line) => line.length))).toBeLessThanOrEqual(40);
    terminal.resize(120, 40);
    const large = await terminal.shows((screen) => screen.includes("─".repeat(120)));
    expect(large.split("\n").at(-1)).toContain("^R reload");
    terminal.resize(5, 2);
    await terminal.shows((screen) => screen.split("\n").length <= 2);
    terminal.resize(80, 24);
    await terminal.shows("wide · 1 message");
  });

  it("says that there is nothing in an empty store, where no key does harm", async () => {
    const terminal = TestTerminal.open(await newCli("json:./none"), []);
    await terminal.shows("No sessions in ");
    terminal.press("enter", "ctrl-p", "ctrl-d", "ctrl-e", "ctrl-f", "up", "pageDown");
    terminal.type("x");
    await terminal.shows("> x");
    terminal.press("escape");
    expect(await terminal.ended()).toBe(0);
  });

  it("works without colours, where NO_COLOR asks for it", async () => {
    const terminal = await openPicker(await newStore(), { env: { NO_COLOR: "1" } });
    terminal.press("down", "ctrl-d");
    await terminal.shows("Delete it for good?");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set colours begin with one
    expect(terminal.output).not.toMatch(/\u001b\[[\d;]*m/);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 130],
    ["SIGHUP", 130],
  ] as const)("gives the terminal back at %s", async (signal, code) => {
    const terminal = await openPicker(await newStore());
    terminal.signal(signal);
    expect(await terminal.ended()).toBe(code);
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.screen).toBe("Interrupted; no session is half-written.");
  });

  it("gives the terminal back to the shell as it was", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, [], {
      command: [
        "sh",
        "-c",
        `before=$(stty -g); "$0" "$1"; [ "$(stty -g)" = "$before" ] && echo same`,
        process.execPath,
        TestTerminal.program,
      ],
    });
    await terminal.shows("3 sessions");
    terminal.press("ctrl-c");
    await terminal.shows("same");
  });

  it("stops at Ctrl-Z and goes on in the foreground", async () => {
    const cli = await newStore();
    const terminal = TestTerminal.open(cli, [], { command: ["sh", "-i"], env: { PS1: "shell: " } });
    await terminal.shows("shell:");
    terminal.type(`'${process.execPath}' '${TestTerminal.program}'`);
    terminal.press("enter");
    await terminal.shows("3 sessions");
    terminal.press("ctrl-z");
    await terminal.shows((screen) => !terminal.isAlternate && screen.endsWith("shell:"));
    terminal.type("fg");
    terminal.press("enter");
    await terminal.shows("  3 sessions");
    terminal.press("down");
    await terminal.shows("tokens · 1 message");
    terminal.press("ctrl-z");
    await terminal.shows((screen) => !terminal.isAlternate && screen.endsWith("shell:"));
  });

  it("goes on at Ctrl-Z where no shell could bring it back", async () => {
    const terminal = await openPicker(await newStore());
    terminal.press("ctrl-z", "down");
    await terminal.shows("tokens · 1 message");
  });

  it("gives the terminal back and tells why, when the list cannot be read any further", async () => {
    const url = "sqlite:./store.db";
    const cli = await newCli(url);
    await fillStore(
      cli,
      url,
      Array.from({ length: 1200 }, (_, index) => ({ id: `s${index}` })),
    );
    const terminal = TestTerminal.open(cli, []);
    await terminal.shows("1,000+ sessions");
    const database = new Database(path.join(cli.folder, "store.db"));
    database.exec("ALTER TABLE agent_sessions_sessions RENAME TO gone");
    database.close();
    terminal.press("end");
    expect(await terminal.ended()).not.toBe(0);
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.screen).toMatch(/^[A-Z]+_[A-Z]+ .*\n(why: .*\n)?do:/);
  });

  it("shows what another terminal did to the store, and refuses nothing but what is gone", async () => {
    const cli = await newStore("sqlite:./store.db");
    const here = await openPicker(cli);
    const there = await openPicker(cli);
    there.type("login");
    await there.shows("1 of 3");
    here.type("login");
    await here.shows("1 of 3");
    there.press("ctrl-p");
    await there.shows("Pinned");
    here.press("ctrl-p");
    await here.shows("Unpinned");
    there.press("ctrl-d");
    await there.shows("Delete it for good?");
    there.type("y");
    await there.shows("Deleted");
    here.press("ctrl-a");
    await here.shows("SESSION_NOT_FOUND");
    expect(here.screen).toContain("0 of 2 sessions");
    await cli.json("create", "--title", "Made in between");
    here.press("ctrl-u", "ctrl-r");
    await here.shows("Made in between");
  });
});

describe("agent-sessions alone, without a terminal", () => {
  it("prints the help", async () => {
    const { stdout, stderr } = await (await newCli()).run([]);
    expect(stdout + stderr).toContain("Usage: agent-sessions");
  });
});
