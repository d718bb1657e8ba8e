import { emitKeypressEvents, type Interface } from "node:readline";

/** The alternate screen, which leaves what was there before as it was, and no wrapping: a line too wide is cut by the terminal. */
const ENTER = "\u001b[?1049h\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
/** What stands between these is shown at once, where the terminal knows them. */
const BEGIN_FRAME = "\u001b[?2026h\u001b[?25l";
const END_FRAME = "\u001b[?2026l";
const ERASE_LINE = "\u001b[2K";
const SHOW_CURSOR = "\u001b[?25h";

/** How long an escape waits for the rest of a sequence before it is the key Escape, in milliseconds. */
const ESCAPE_MS = 50;

/** A process that still runs so long after it was told to stop has not stopped, in milliseconds. */
const UNSTOPPED_MS = 200;

/** The whole terminal: keys one by one, and a screen that is drawn anew. Whatever ends the process, the terminal is given back. */
export class TerminalScreen {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #giveBack = (): void => this.close();
  #isOpen = false;
  #frame = "";

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#input = input;
    this.#output = output;
    // Its type asks for a whole line editor, of which it reads this alone.
    emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  }

  get columns(): number {
    return this.#output.columns;
  }

  get rows(): number {
    return this.#output.rows;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#frame = "";
    process.once("exit", this.#giveBack);
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
  }

  /** Gives the terminal back as it was before. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off("exit", this.#giveBack);
    this.#output.write(LEAVE);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  /** Ctrl-Z: gives the terminal back and stops the process, until the shell lets it go on. */
  async suspend(): Promise<void> {
    this.close();
    await new Promise<void>((resolve) => {
      process.once("SIGCONT", resolve);
      // Where no shell could let it go on again, the system does not stop it.
      setTimeout(resolve, UNSTOPPED_MS);
      process.kill(process.pid, "SIGTSTP");
    });
    this.open();
  }

  onResize(listener: () => void): () => void {
    this.#output.on("resize", listener);
    return () => this.#output.off("resize", listener);
  }

  /** Shows these lines, and the cursor at a place counted from 0. Lines beyond the last row are left out. */
  draw(lines: readonly string[], cursor: { readonly row: number; readonly column: number }): void {
    if (!this.#isOpen) return;
    const { rows } = this;
    const drawn = Array.from(
      { length: rows },
      (_, row) => `\u001b[${row + 1};1H${ERASE_LINE}${lines[row] ?? ""}`,
    );
    const place = `\u001b[${cursor.row + 1};${cursor.column + 1}H${SHOW_CURSOR}`;
    const frame = `${BEGIN_FRAME}${drawn.join("")}${place}${END_FRAME}`;
    if (frame === this.#frame) return;
    this.#frame = frame;
    this.#output.write(frame);
  }
}
