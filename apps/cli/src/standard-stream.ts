import { fstatSync, writeSync } from "node:fs";

/** What is written to: a stream of the process, or what stands for one. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(content: string | Uint8Array, done?: (error?: Error | null) => void): unknown;
}

/**
 * stdout or stderr. Files and pipes are written to as they are, in turn and at once, as Node's streams do it there too: these streams alone
 * take a tenth of the time that Node needs to start.
 */
class StandardStream implements TextStream {
  readonly #descriptor: 1 | 2;
  #stream: NodeJS.WriteStream | null | undefined;

  constructor(descriptor: 1 | 2) {
    this.#descriptor = descriptor;
  }

  get isTTY(): boolean {
    return this.#terminal?.isTTY === true;
  }

  get columns(): number {
    return this.#terminal?.columns ?? 0;
  }

  get rows(): number {
    return this.#terminal?.rows ?? 0;
  }

  write(content: string | Uint8Array, done: (error?: Error | null) => void = () => undefined): void {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    let written = 0;
    try {
      while (this.#terminal === null && written < bytes.length)
        written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
        done(error as Error);
        return;
      }
      // Somebody else has made it one that does not wait; Node's stream waits.
      this.#stream = this.#open();
    }
    if (this.#terminal === null) done();
    else this.#terminal.write(bytes.subarray(written), done);
  }

  /** Node's stream; null where there is no need for it. */
  get #terminal(): NodeJS.WriteStream | null {
    if (this.#stream === undefined) this.#stream = isPlain(this.#descriptor) ? null : this.#open();
    return this.#stream;
  }

  #open(): NodeJS.WriteStream {
    const stream = this.#descriptor === 1 ? process.stdout : process.stderr;
    // Each write reports its own failure; without a listener a closed pipe would end the process with a stack trace first.
    return stream.on("error", () => undefined);
  }
}

/** Whether it is a file or a pipe, and not perhaps a terminal. On Windows, pipes have ways of their own. */
function isPlain(descriptor: number): boolean {
  if (process.platform === "win32") return false;
  // As bigints, for Node 20 takes links for plain folders where the last call that gave numbers found a pipe: packages that pnpm linked would
  // not find what they depend on.
  const found = fstatSync(descriptor, { bigint: true });
  return found.isFile() || found.isFIFO() || found.isSocket();
}

export const standardOutput: TextStream = new StandardStream(1);
export const standardError: TextStream = new StandardStream(2);
