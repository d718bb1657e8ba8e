import { type BigIntStats, fstatSync, statSync, writeSync } from "node:fs";

/** What is written to: a stream of the process, or what stands for one. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(content: string | Uint8Array, done?: (error?: Error | null) => void): unknown;
}

/**
 * As much of a process's output goes into a pipe without waiting for its reader, in bytes: an empty one takes it, by either stream and by both.
 * Only a pipe that other programs have filled, or one that the system has made smaller for want of memory, lets the process wait.
 */
const DIRECT_BYTES = 16 * 1024;

/**
 * stdout or stderr. Files are written to as they are, in turn and at once, and so is what comes first into a pipe: Node's streams alone take a
 * tenth of the time that Node needs to start. What is more goes through Node's stream, which takes signals while it waits for the reader.
 */
class StandardStream implements TextStream {
  readonly #descriptor: 1 | 2;
  /** What may yet be written directly; null until somebody writes or asks. */
  #directBytes: number | null = null;
  #stream: NodeJS.WriteStream | null = null;
  #unwritten = 0;

  constructor(descriptor: 1 | 2) {
    this.#descriptor = descriptor;
  }

  /** Whether nothing waits to be written: the process may end. */
  get isIdle(): boolean {
    return this.#unwritten === 0;
  }

  get isTTY(): boolean {
    return this.#other?.isTTY === true;
  }

  get columns(): number {
    return this.#other?.columns ?? 0;
  }

  get rows(): number {
    return this.#other?.rows ?? 0;
  }

  write(content: string | Uint8Array, done: (error?: Error | null) => void = () => undefined): void {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    let written = 0;
    try {
      if (this.#takesDirectly(bytes.length)) written = this.#writeDirectly(bytes);
    } catch (error) {
      done(error as Error);
      return;
    }
    // Opened behind all that was written directly, and for good: nothing can overtake what it holds back.
    if (written === bytes.length) {
      done();
      return;
    }
    this.#unwritten++;
    this.#open().write(bytes.subarray(written), (error) => {
      this.#unwritten--;
      done(error);
    });
  }

  #takesDirectly(sizeBytes: number): boolean {
    this.#directBytes ??= directBytesOf(this.#descriptor);
    return this.#stream === null && sizeBytes <= this.#directBytes;
  }

  /** How many of the bytes were written: fewer than all where somebody else has made the pipe one that does not wait. */
  #writeDirectly(bytes: Uint8Array): number {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    this.#directBytes = (this.#directBytes ?? 0) - written;
    return written;
  }

  /** Node's stream where nothing can be written directly, as to a terminal; null for files and pipes, which need none to be asked. */
  get #other(): NodeJS.WriteStream | null {
    this.#directBytes ??= directBytesOf(this.#descriptor);
    return this.#stream ?? (this.#directBytes === 0 ? this.#open() : null);
  }

  #open(): NodeJS.WriteStream {
    if (this.#stream !== null) return this.#stream;
    const stream = this.#descriptor === 1 ? process.stdout : process.stderr;
    // Each write reports its own failure; without a listener a closed pipe would end the process with a stack trace first.
    this.#stream = stream.on("error", () => undefined);
    return this.#stream;
  }
}

/** What takes everything at once and keeps nothing; terminals are character devices as well. */
function isNowhere(found: BigIntStats): boolean {
  return found.isCharacterDevice() && found.rdev === statSync("/dev/null", { bigint: true }).rdev;
}

/** How much may be written to it directly: to a file anything, to a terminal nothing. On Windows, pipes have ways of their own. */
function directBytesOf(descriptor: number): number {
  if (process.platform === "win32") return 0;
  // As bigints, for Node 20 takes links for plain folders where the last call that gave numbers found a pipe: packages that pnpm linked would
  // not find what they depend on.
  const found = fstatSync(descriptor, { bigint: true });
  if (found.isFile() || isNowhere(found)) return Number.POSITIVE_INFINITY;
  return found.isFIFO() || found.isSocket() ? DIRECT_BYTES : 0;
}

export const standardOutput: StandardStream = new StandardStream(1);
export const standardError: StandardStream = new StandardStream(2);
