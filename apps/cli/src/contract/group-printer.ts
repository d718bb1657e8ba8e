import type { ClauseResult } from "@agent-sessions/core/contract";
import type { Output } from "../output.js";
import { manyLines } from "../terminal-text.js";

/** Prints a line for each group of clauses when it is through, and each failure at once, in full. */
export class GroupPrinter {
  readonly #output: Output;
  #group: ClauseResult[] = [];
  #written: Promise<void> = Promise.resolve();
  readonly #gone = new AbortController();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Runs `work` until it ends, `signal` aborts, or whoever reads the output has gone; then waits for all that was printed. */
  async during<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const done = await work(AbortSignal.any([signal, this.#gone.signal]));
    this.#endGroup();
    await this.#written;
    return done;
  }

  print(result: ClauseResult): void {
    if (this.#group[0]?.group !== result.group) this.#endGroup();
    this.#group.push(result);
    if (result.outcome !== "failed") return;
    const { red } = this.#output.colors;
    const [title = "", ...details] = manyLines(result.reason).split("\n");
    this.#write([`${red("failed")} ${title}`, ...details.map((line) => `       ${line}`)].join("\n"));
  }

  #endGroup(): void {
    const [first] = this.#group;
    if (first === undefined) return;
    const count = (wanted: ClauseResult["outcome"]): number =>
      this.#group.filter(({ outcome }) => outcome === wanted).length;
    const { dim, green, red } = this.#output.colors;
    const failed = count("failed");
    const parts = [`${count("passed")} passed`];
    if (failed > 0) parts.push(red(`${failed} failed`));
    for (const outcome of ["gap", "not applicable"] as const) {
      if (count(outcome) > 0)
        parts.push(dim(`${count(outcome)} ${outcome === "gap" ? "known gap" : outcome}`));
    }
    const isIdle = this.#group.every(({ outcome }) => outcome === "not applicable");
    const mark = failed > 0 ? red("failed") : isIdle ? dim("-     ") : green("ok    ");
    this.#write(`${mark} ${first.group}: ${parts.join(", ")}`);
    this.#group = [];
  }

  #write(text: string): void {
    const written = this.#written.then(() => this.#output.text(text));
    this.#written = written;
    // Seen again by whoever waits for it; until then it must not end the process, and nothing is left to run for.
    written.catch((error: unknown) => this.#gone.abort(error));
  }
}
