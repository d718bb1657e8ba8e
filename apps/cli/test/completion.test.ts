import { spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Cli, newCli } from "./run-cli.js";
import { describeOnTerminal, TestTerminal } from "./terminal/terminal.js";

const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));

async function words(cli: Cli, ...line: readonly string[]): Promise<readonly string[]> {
  const { code, stdout } = await cli.run(["__complete", "--", ...line]);
  expect(code).toBe(0);
  return stdout.split("\n").flatMap((one) => one.split("\t")[0] || []);
}

async function filled(): Promise<Cli> {
  const cli = await newCli("sqlite:./s.db");
  for (const id of ["alpha", "alphabet", "beta gamma"])
    await cli.json("create", "--id", id, "--title", `T ${id}\u00a0`);
  return cli;
}

describe("completion", () => {
  it("offers commands, options, choices and sessions, each where it can stand", async () => {
    const cli = await filled();
    expect(await words(cli, "")).toEqual(expect.arrayContaining(["list", "completion"]));
    expect(await words(cli, "")).not.toContain("__complete");
    expect(await words(cli, "li")).toEqual(["list"]);
    expect(await words(cli, "list", "--order")).toEqual(["--order-by"]);
    expect(await words(cli, "list", "--order-by", "")).toEqual(["updatedAt", "createdAt", "title", "id"]);
    expect(await words(cli, "list", "--stor")).toEqual(["--store"]);
    expect(await words(cli, "show", "alp")).toEqual(["alphabet", "alpha"]);
    expect(await words(cli, "show", "--tail", "2", "la")).toEqual(["latest"]);
    expect(await words(cli, "export", "alpha", "be")).toEqual(["beta gamma"]);
    expect(await words(cli, "completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(await words(cli, "list", "--parent", "be")).toEqual(["beta gamma"]);
    expect(await words(cli, "import", "--format", "c")).toEqual([
      "claude-code",
      "claw-json",
      "claw-jsonl",
      "claw-port",
      "codex",
    ]);
    expect(await words(cli, "export", "--format=m")).toEqual(["--format=markdown"]);
    // Paths and texts are the shell's business.
    expect(await words(cli, "import", "")).toEqual([]);
    expect(await words(cli, "append", "alpha", "")).toEqual([]);
    expect(await words(cli, "list", "--label", "")).toEqual([]);
    expect(await words(cli, "append", "--", "-")).toEqual([]);
  });

  it("asks the store and namespace that the line names, wherever it names them", async () => {
    const cli = await filled();
    await cli.json("create", "--id", "alone", "--store", "json:./j", "--namespace", "n");
    expect(await words(cli, "--store", "json:./j", "--namespace", "n", "show", "al")).toEqual(["alone"]);
    expect(await words(cli, "show", "--store", "json:./j", "--namespace", "n", "al")).toEqual(["alone"]);
    expect(await words(cli, "--store", "json:./j", "show", "al")).toEqual([]);
    expect(await words(cli, "--store=json:./j", "--namespace=n", "show", "al")).toEqual(["alone"]);
    expect(await words(cli, "list", "--order-by=up")).toEqual(["--order-by=updatedAt"]);
  });

  it("prints a line for each word, whatever is stored", async () => {
    const cli = await newCli("json:./s");
    await cli.run(["append", "x", "--create-if-missing"], { stdin: "a\u001b[2Jb\tc\nd" });
    const { stdout } = await cli.run(["__complete", "--", "show", "x"]);
    expect(stdout).toMatch(/^x\t\P{Cc}*b c d\n$/u);
  });
});

/** What is typed, and asks the shell itself what it would put there: the words of the line, the last one at the cursor. */
const DRIVERS: Readonly<
  Record<string, (line: readonly string[], folder: string) => readonly [string, string[]]>
> = {
  bash: (line) => [
    "bash",
    [
      "--norc",
      "-c",
      `source <(agent-sessions completion bash) && COMP_WORDS=("$@") COMP_LINE="$*" COMP_CWORD=$(($# - 1)) && _agent_sessions && printf '%s\\n' "\${COMPREPLY[@]}"`,
      "bash",
      ...line,
    ],
  ],
  zsh: (line, folder) => ["zsh", ["-f", path.join(folder, "drive.zsh"), line.join(" ")]],
  fish: (line) => [
    "fish",
    ["--no-config", "-c", `agent-sessions completion fish | source; complete -C '${line.join(" ")}'`],
  ],
};

/** Runs an interactive zsh in a pseudo-terminal, types the line and Tab, and prints what the line has become. */
const DRIVE_ZSH = `
zmodload zsh/zpty
zpty -b shell zsh -f -i
type_() { zpty -w shell "$1" }
type_ "PS1= PS2= RPS1= ; autoload -Uz compinit && compinit -u -D ; source <(agent-sessions completion zsh)"
type_ "done_() { print -r -- \\"<$BUFFER>\\" ; } ; zle -N done_ ; bindkey '^X' done_ ; print -r -- READ\\"Y\\""
zpty -r -m shell seen '*READY*'
zpty -w -n shell "$1"$'\\t\\x18'
zpty -r -m shell seen '*<*>*'
print -r -- "$seen"
zpty -d shell
`;

/** The PATH on which the program is found by its name. */
async function pathWithProgram({ folder }: Cli): Promise<string> {
  const bin = path.join(folder, "bin");
  await mkdir(bin);
  await symlink(PROGRAM, path.join(bin, "agent-sessions"));
  return [bin, path.dirname(process.execPath), process.env["PATH"] ?? ""].join(path.delimiter);
}

async function ask(shell: string, line: readonly string[]): Promise<string> {
  const cli = await filled();
  const searched = await pathWithProgram(cli);
  await writeFile(path.join(cli.folder, "drive.zsh"), DRIVE_ZSH);
  const [command, args] = DRIVERS[shell]?.(line, cli.folder) ?? ["false", []];
  const { stdout, stderr } = spawnSync(command, args, {
    cwd: cli.folder,
    encoding: "utf8",
    timeout: 60_000,
    env: {
      PATH: searched,
      HOME: cli.folder,
      TERM: "dumb",
      AGENT_SESSIONS_STORE: "sqlite:./s.db",
    },
  });
  return stdout + stderr;
}

describe.each(["bash", "zsh", "fish"])("in %s itself", (shell) => {
  const isThere = spawnSync(shell, ["-c", "exit 0"]).status === 0;
  const title = isThere
    ? "completes commands, options and sessions"
    : `NOT RUN: ${shell} is not installed here`;

  it.skipIf(!isThere)(title, { timeout: 120_000 }, async () => {
    expect(await ask(shell, ["agent-sessions", "verif"])).toContain("verify");
    expect(await ask(shell, ["agent-sessions", "list", "--order-b"])).toContain("--order-by");
    expect(await ask(shell, ["agent-sessions", "show", "alphab"])).toContain("alphabet");
    expect(await ask(shell, ["agent-sessions", "show", "be"])).toContain(
      shell === "fish" ? "beta gamma" : "beta\\ gamma",
    );
  });
});

// Bash splits words at colons, and so at the one of every store's URL: nothing was completed behind it.
describeOnTerminal("on a terminal with bash", () => {
  it("completes behind a store's URL, and inside a word that holds a colon", async () => {
    const cli = await newCli("json:./j");
    await cli.json("create", "--id", "one");
    await cli.json("create", "--id", "team:alpha");
    const env = { PATH: await pathWithProgram(cli), AGENT_SESSIONS_STORE: "sqlite:./none.db" };
    const command = ["bash", "--norc", "--noprofile", "-i"] as const;
    const terminal = TestTerminal.open(cli, [], { columns: 100, env, command });
    terminal.type(`PS1='> '; source <(agent-sessions completion bash); clear\r`);
    await terminal.shows((screen) => screen === ">");
    for (const [typed, completed] of [
      ["--store json:./j show on", "--store json:./j show one"],
      ["--store=json:./j show on", "--store=json:./j show one"],
      ["--store json:./j show team:al", "--store json:./j show team:alpha"],
      ["--store json:./j show team:", "--store json:./j show team:alpha"],
      ["list --order-by=up", "list --order-by=updatedAt"],
    ]) {
      terminal.type(`agent-sessions ${typed}\t`);
      await terminal.shows((screen) => screen === `> agent-sessions ${completed}`);
      terminal.press("ctrl-u");
      await terminal.shows((screen) => screen === ">");
    }
  });
});
