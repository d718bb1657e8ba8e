import { type Colors, createColors } from "./colors.js";
import type { TextStream } from "./standard-stream.js";
import { safeJson } from "./terminal-text.js";

export interface OutputOptions {
  readonly json: boolean;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: NodeJS.ProcessEnv;
}

/** What was asked for is done, and only the answer cannot be written: a command that is repeated for it would do the same twice. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";

  constructor(cause: unknown) {
    const message =
      "The change is made and stored, but the answer cannot be written. Do not run it again: agent-sessions show and list tell what is there.";
    super(message, { cause });
  }
}

/**
 * The one place that writes. With `--json`, stdout carries JSON and nothing else. Every method rejects with the stream's error, EPIPE
 * included, when the reader has gone.
 */
export class Output {
  readonly isJson: boolean;
  /** For stdout; without effect when it is no terminal, or NO_COLOR is set. */
  readonly colors: Colors;
  readonly #stdout: TextStream;
  readonly #stderr: TextStream;
  readonly #isDumb: boolean;
  #status = "";

  constructor(options: OutputOptions) {
    this.isJson = options.json;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.#isDumb = options.env["TERM"] === "dumb";
    this.colors = colorsFor(options.stdout, options.env);
  }

  /** Columns of the terminal; null when stdout is none. */
  get width(): number | null {
    return this.#stdout.isTTY === true ? (this.#stdout.columns ?? null) : null;
  }

  /** Lines of the terminal; null when stdout is none. */
  get height(): number | null {
    return this.#stdout.isTTY === true ? (this.#stdout.rows ?? null) : null;
  }

  /** Whether a person watches stderr, on a terminal that can take a line back: a bar is for them. */
  get isWatched(): boolean {
    return this.#stderr.isTTY === true && !this.#isDumb;
  }

  /** Columns for a status line. */
  get statusWidth(): number {
    return this.#stderr.columns || 80;
  }

  /** Shows a line on stderr that the next one takes the place of; "" takes it away. Only where somebody watches. */
  status(line: string): void {
    if (line === this.#status) return;
    this.#status = line;
    // Whoever has closed the terminal needs no bar.
    this.#stderr.write(`\r\u001b[K${line}`);
  }

  /** Lines for people, on stdout. */
  async text(text: string): Promise<void> {
    this.status("");
    await write(this.#stdout, `${text}\n`);
  }

  /** Text or bytes as they are, on stdout. */
  async raw(content: string | Uint8Array): Promise<void> {
    this.status("");
    await write(this.#stdout, content);
  }

  /** The one JSON document of a command. */
  async document(value: unknown): Promise<void> {
    await write(this.#stdout, `${safeJson(JSON.stringify(value, null, 2))}\n`);
  }

  /**
   * The answer of a command that has changed something: as JSON, or for people.
   *
   * @throws {UnansweredError} when it cannot be written
   */
  async changed(value: unknown, text: string): Promise<void> {
    try {
      if (this.isJson) await this.document(value);
      else await this.text(text);
    } catch (error) {
      throw isClosedPipe(error) ? error : new UnansweredError(error);
    }
  }

  /** One line of a stream of JSON values. */
  async record(value: unknown): Promise<void> {
    await write(this.#stdout, `${safeJson(JSON.stringify(value))}\n`);
  }

  /** A remark for people, on stderr; with `--json` nothing. */
  async note(text: string): Promise<void> {
    if (this.isJson) return;
    this.status("");
    await write(this.#stderr, `${text}\n`);
  }

  /** How far it has come, on stderr: a line for people, or with `--json` a JSON line. */
  async progress(text: string, value: unknown): Promise<void> {
    this.status("");
    await write(this.#stderr, `${this.isJson ? safeJson(JSON.stringify(value)) : text}\n`);
  }
}

/** Colours for one stream, by NO_COLOR, FORCE_COLOR, TERM and whether it is a terminal. */
export function colorsFor(stream: TextStream, env: NodeJS.ProcessEnv): Colors {
  const isForced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const isTerminal = stream.isTTY === true && env["TERM"] !== "dumb";
  return createColors((env["NO_COLOR"] ?? "") === "" && (isForced || isTerminal));
}

/** Whether an error says that whoever read our output has gone, as `head` does after its lines. */
export function isClosedPipe(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "EOF";
}

function write(stream: TextStream, content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(content, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
