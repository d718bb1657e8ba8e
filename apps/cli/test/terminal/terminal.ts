import { closeSync, constants, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { describe, onTestFinished } from "vitest";
import type { Cli } from "../run-cli.js";

const PROGRAM = fileURLToPath(new URL("../../dist/agent-sessions.cjs", import.meta.url));
/** A net for what never comes, and no measure of speed. */
const LIMIT_MS = 60_000;

/** What a terminal sends for a key. */
const KEYS = {
  enter: "\r",
  escape: "\u001b",
  backspace: "\u007f",
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  pageUp: "\u001b[5~",
  pageDown: "\u001b[6~",
  home: "\u001b[H",
  end: "\u001b[F",
  "ctrl-a": "\u0001",
  "ctrl-c": "\u0003",
  "ctrl-d": "\u0004",
  "ctrl-e": "\u0005",
  "ctrl-f": "\u0006",
  "ctrl-p": "\u0010",
  "ctrl-r": "\u0012",
  "ctrl-u": "\u0015",
  "ctrl-w": "\u0017",
  "ctrl-z": "\u001a",
} as const;

/** Not on Windows, whose consoles have neither these signals nor a POSIX shell. */
export const describeOnTerminal: typeof describe = describe.skipIf(
  process.platform === "win32",
) as typeof describe;

export type Key = keyof typeof KEYS;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs this instead of the program. */
  readonly command?: readonly [file: string, ...args: string[]];
}

/** The built program on a real pseudo-terminal, whose screen is what a person would see. Ended with the test. */
export class TestTerminal {
  /** The path of what is run. */
  static readonly program: string = PROGRAM;

  readonly #pty: IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  #exitCode: number | null = null;
  #output = "";

  private constructor(pty: IPty, { columns, rows }: { readonly columns: number; readonly rows: number }) {
    this.#pty = pty;
    this.#screen = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
    pty.onData((data) => {
      this.#output += data;
      this.#screen.write(data, () => this.#tell());
    });
    // What the program asks the terminal, the terminal answers.
    this.#screen.onData((answer) => pty.write(answer));
    pty.onExit(({ exitCode, signal }) => {
      // Behind everything that was written before.
      this.#screen.write("", () => {
        this.#exitCode = signal === undefined || signal === 0 ? exitCode : 128 + signal;
        this.#tell();
      });
    });
  }

  /** Starts the program in the folder of `cli`, with its environment. */
  static open(cli: Cli, args: readonly string[], options: TerminalOptions = {}): TestTerminal {
    const { columns = 80, rows = 24, env = {} } = options;
    const [file, ...rest] = options.command ?? [process.execPath, PROGRAM, ...args];
    const pty = spawn(file, rest, {
      name: "xterm-256color",
      cols: columns,
      rows,
      cwd: cli.folder,
      env: { ...definedOnly(cli.env), ...env },
    });
    // As long as somebody has the other side open, what the program wrote last can still be read when it has ended.
    const { ptsName } = pty as IPty & { readonly ptsName: string };
    const otherSide = openSync(ptsName, constants.O_RDWR | constants.O_NOCTTY);
    pty.onExit(() => closeSync(otherSide));
    const terminal = new TestTerminal(pty, { columns, rows });
    onTestFinished(() => terminal.#end());
    return terminal;
  }

  /** What the screen shows, a line each, without blanks at the ends. */
  get screen(): string {
    const { viewportY } = this.#screen.buffer.active;
    return this.#text(viewportY, viewportY + this.#screen.rows);
  }

  /** Everything since the start that is still there to scroll back to, and the screen; what was wrapped is one line again. */
  get scrollback(): string {
    return this.#text(0, this.#screen.buffer.active.length);
  }

  /** Every byte that the program has written. */
  get output(): string {
    return this.#output;
  }

  /** Whether the program has the screen for itself, and what was there before comes back after it. */
  get isAlternate(): boolean {
    return this.#screen.buffer.active.type === "alternate";
  }

  get pid(): number {
    return this.#pty.pid;
  }

  press(...keys: readonly Key[]): void {
    for (const key of keys) this.#pty.write(KEYS[key]);
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.#pty.pid, name);
  }

  /** The first screen that holds a text, or for which `wanted` is true. */
  async shows(wanted: string | ((screen: string) => boolean)): Promise<string> {
    const isWanted =
      typeof wanted === "string" ? (screen: string): boolean => screen.includes(wanted) : wanted;
    let shown = "";
    await this.#until(
      () => {
        shown = this.screen;
        return isWanted(shown);
      },
      `to show ${String(wanted)}`,
    );
    return shown;
  }

  /** The exit code, once the program has ended and the screen shows its last words. */
  async ended(): Promise<number> {
    await this.#until(() => this.#exitCode !== null, "to end");
    return this.#exitCode ?? 0;
  }

  #text(from: number, to: number): string {
    const { active } = this.#screen.buffer;
    let text = "";
    for (let row = from; row < to; row++) {
      const line = active.getLine(row);
      const isContinued = active.getLine(row + 1)?.isWrapped === true;
      text += `${line?.isWrapped === true || row === from ? "" : "\n"}${line?.translateToString(!isContinued, 0, this.#screen.cols) ?? ""}`;
    }
    return text.trimEnd();
  }

  #tell(): void {
    // A frame comes in pieces, and half of one is nothing that a person sees.
    if (this.#screen.modes.synchronizedOutputMode) return;
    for (const watcher of this.#watchers) watcher();
  }

  #until(isDone: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (error: Error | null): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        if (error === null) resolve();
        else reject(error);
      };
      const fail = (why: string): void =>
        stop(new Error(`Waited for the terminal ${what}, ${why}; it shows:\n${this.screen}`));
      const watcher = (): void => {
        if (isDone()) stop(null);
        else if (this.#exitCode !== null) fail(`and the program ended with ${this.#exitCode}`);
      };
      const timer = setTimeout(() => fail("and it never came"), LIMIT_MS);
      this.#watchers.add(watcher);
      watcher();
    });
  }

  #end(): void {
    try {
      this.#pty.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    this.#screen.dispose();
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
