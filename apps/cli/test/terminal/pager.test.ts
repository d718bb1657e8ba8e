import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { type Cli, newCli } from "../run-cli.js";
import { fillStore, user } from "./fill-store.js";
import { describeOnTerminal, TestTerminal } from "./terminal.js";

const URL = "json:./store";
/** Keeps what it is given, and waits for Enter as a reader would. */
const PAGER = "cat > paged; echo PAGED; read _ < /dev/tty";

async function newStore(messages: number): Promise<Cli> {
  const cli = await newCli(URL);
  const texts = Array.from({ length: messages }, (_, index) => user(`Message ${index + 1}.`));
  await fillStore(cli, URL, [{ id: "long", messages: texts }]);
  return cli;
}

async function paged(cli: Cli): Promise<string> {
  return await readFile(path.join(cli.folder, "paged"), "utf8");
}

describeOnTerminal("show, on a terminal", () => {
  it("sends what is longer than the screen through PAGER, with colours", async () => {
    const cli = await newStore(100);
    const terminal = TestTerminal.open(cli, ["show", "long"], { env: { PAGER } });
    await terminal.shows("PAGED");
    terminal.press("enter");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen.replace(/\s+$/, "")).toBe("PAGED");
    const text = await paged(cli);
    expect(text).toContain("\u001b[1m#100 user");
    expect(text.endsWith("Message 100.\n")).toBe(true);
  });

  it("prints what fits the screen", async () => {
    const terminal = TestTerminal.open(await newStore(3), ["show", "long"], { env: { PAGER } });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).toMatch(/^id +long\n/);
    expect(terminal.screen.endsWith("Message 3.")).toBe(true);
  });

  it.each<[what: string, args: readonly string[], env: Readonly<Record<string, string>>]>([
    ["--no-pager", ["--no-pager"], { PAGER }],
    ["PAGER=cat", [], { PAGER: "cat" }],
    ["an empty PAGER", [], { PAGER: "" }],
    ["a PAGER that is not there", [], { PAGER: "no-such-pager-anywhere" }],
  ])("prints all of it with %s", async (_, args, env) => {
    const terminal = TestTerminal.open(await newStore(100), ["show", "long", ...args], { env });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.scrollback).toMatch(/(^|\n)id +long\n/);
    expect(terminal.scrollback.match(/^#\d+ user/gm)).toHaveLength(100);
  });

  it("ends quietly when the reader leaves early", async () => {
    const terminal = TestTerminal.open(await newStore(4000), ["show", "long"], {
      env: { PAGER: "head -n 1" },
    });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).toMatch(/^id +long$/);
  });

  it("leaves Ctrl-C to the pager", async () => {
    const cli = await newStore(100);
    const terminal = TestTerminal.open(cli, ["show", "long"], {
      env: { PAGER: `trap 'echo KEPT' INT; ${PAGER}; read _ < /dev/tty` },
    });
    await terminal.shows("PAGED");
    terminal.press("ctrl-c");
    await terminal.shows("KEPT");
    terminal.press("enter", "enter");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen).not.toContain("Interrupted");
  });

  it("uses no pager where stdout is none", async () => {
    const cli = await newStore(100);
    const { stdout } = await cli.run(["show", "long"], { env: { PAGER: "false" } });
    expect(stdout.endsWith("Message 100.\n")).toBe(true);
  });
});
