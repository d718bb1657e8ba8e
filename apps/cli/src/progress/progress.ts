import type { CommandContext } from "../command-context.js";
import { isClosedPipe, type Output } from "../output.js";
import { progressBar } from "./progress-bar.js";
import { ProgressMeter } from "./progress-meter.js";

export interface ProgressOptions {
  /** What is going on: `Importing`. */
  readonly label: string;
  /** What is counted, in the plural: `sessions`. */
  readonly noun: string;
  /** How many there are. Asked only when somebody is told. */
  readonly total: () => Promise<number | null> | number | null;
  /** How much work there is, where that is known and the number of steps is not. @default a step is one */
  readonly totalWork?: () => Promise<number | null>;
  /** `--progress`: a line for each step, also where nobody watches. */
  readonly asked: boolean;
  /** Asked when Ctrl-C or an error ends the work: what has become of it, such as `a.jsonl was not made`. Null where each step that was done stays done. @default null */
  readonly lost?: () => string | null;
}

/** How often a bar is drawn again, in milliseconds. */
const REDRAW_MS = 100;

/**
 * Tells on stderr how far a long piece of work has come. On a terminal: one line that is drawn again and goes away at the end. With
 * `--progress`: elsewhere a line of text for each step, with `--json` a line of JSON. A progress line that nobody reads any more never
 * ends the work.
 */
export class Progress {
  readonly #output: Output;
  readonly #options: ProgressOptions;
  readonly #meter: ProgressMeter;
  readonly #mode: "bar" | "lines" | "silent";
  readonly #outcomes = new Map<string, number>();
  #drawnAt = Number.NEGATIVE_INFINITY;

  private constructor(
    output: Output,
    options: ProgressOptions,
    meter: ProgressMeter,
    mode: "bar" | "lines" | "silent",
  ) {
    this.#output = output;
    this.#options = options;
    this.#meter = meter;
    this.#mode = mode;
  }

  static async begin(output: Output, options: ProgressOptions): Promise<Progress> {
    const mode = output.isWatched && !output.isJson ? "bar" : options.asked ? "lines" : "silent";
    const isSilent = mode === "silent";
    const totals = isSilent ? [] : await Promise.all([options.total(), options.totalWork?.() ?? null]);
    const progress = new Progress(
      output,
      options,
      new ProgressMeter(totals[0] ?? null, totals[1] ?? null),
      mode,
    );
    progress.#draw();
    return progress;
  }

  /** Says how many there are, where it comes out later. */
  expect(total: number): void {
    this.#meter.total = total;
  }

  /**
   * One more is done.
   *
   * @param line for people
   * @param record for programs
   * @param work how much of the work that was, where that is told
   */
  step(outcome: string, line: string, record: object, work?: number): void {
    this.#meter.step(work);
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (this.#mode === "bar") this.#draw();
    if (this.#mode !== "lines") return;
    this.#output.progress(line, { ...record, ...this.#meter.facts }).catch(() => undefined);
  }

  /**
   * What was done before the work ended early: at Ctrl-C always; at an error, whose own text knows of the last step alone, where there
   * were others. With `--json` an error stands alone, unless `--progress` was asked for.
   */
  async tellEnded(isInterrupted: boolean): Promise<void> {
    const { done, total } = this.#meter.facts;
    if (!isInterrupted && (done === 0 || (this.#output.isJson && !this.#options.asked))) return;
    const lost = this.#options.lost?.() ?? null;
    const outcomes = lost === null ? Object.fromEntries(this.#outcomes) : {};
    const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
    const of = total === null ? "" : ` of ${total}`;
    const what = lost === null ? (counts.length === 0 ? "" : `: ${counts.join(", ")}`) : `; ${lost}`;
    const line = `${this.#options.label} ended after ${done}${of} ${this.#options.noun}${what}.`;
    await this.#output
      .progress(line, { interrupted: isInterrupted, done, total, outcomes })
      .catch(() => undefined);
  }

  /** Takes the bar away. */
  end(): void {
    this.#output.status("");
  }

  #draw(): void {
    const now = performance.now();
    if (this.#mode !== "bar" || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const { label, noun } = this.#options;
    this.#output.status(progressBar(label, noun, this.#meter.facts, this.#output.statusWidth));
  }
}

/** Runs `body` and tells how far it comes; when Ctrl-C or an error ends it, what was done. */
export async function withProgress<T>(
  { output, signal }: Pick<CommandContext, "output" | "signal">,
  options: ProgressOptions,
  body: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = await Progress.begin(output, options);
  try {
    return await body(progress);
  } catch (error) {
    if (signal.aborted || !isClosedPipe(error)) await progress.tellEnded(signal.aborted);
    throw error;
  } finally {
    progress.end();
  }
}
