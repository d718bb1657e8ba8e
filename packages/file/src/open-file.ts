import fs from "node:fs";

const { O_RDONLY, O_RDWR, S_IFMT, S_IFREG } = fs.constants;
/** Follows no link and waits for no pipe. Missing on Windows, where neither is made by accident: there it comes to 0. */
export const CAREFULLY: number = fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** Something is in the file's place that is no regular file: a folder, a link, a pipe. */
export class NotAFileError extends Error {
  override readonly name = "NotAFileError";
}

/**
 * What tells one content of a file from another without reading it. Plain numbers: a time is kept to a quarter of a microsecond, much
 * finer than two writes can follow one another, and ten thousand BigInts would cost as much as reading the index.
 */
export interface FileStamp {
  readonly size: number;
  /** Milliseconds since 1970, with their fraction. */
  readonly mtimeMs: number;
  /** The same, of the last change of anything about it: nobody can set it back. */
  readonly ctimeMs: number;
  readonly ino: number;
}

/**
 * A file by its descriptor: what is read through it stays the file that was opened, whatever is renamed over its path. Small reads
 * are synchronous (a few microseconds from the page cache, where a hop to the thread pool takes fifty); long ones are not.
 */
export class OpenFile {
  readonly path: string;
  readonly fd: number;
  /** Its size when it was opened, in bytes. */
  readonly openedSize: number;
  #isClosed = false;
  #reading = 0;

  constructor(path: string, fd: number, openedSize: number) {
    this.path = path;
    this.fd = fd;
    this.openedSize = openedSize;
  }

  /**
   * Null when nothing is there. Follows no link in the file's place and waits for no pipe.
   *
   * @throws {NotAFileError} when what is there is no regular file
   */
  static open(path: string, mode: "read" | "write"): OpenFile | null {
    const fd = openDescriptor(path, mode);
    if (fd === null) return null;
    try {
      const { mode: type, size } = fs.fstatSync(fd);
      if ((type & S_IFMT) !== S_IFREG) throw new NotAFileError(`${path} is not a regular file`);
      return new OpenFile(path, fd, size);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /**
   * As `open` for writing, without asking the system what the file is: for who knows its bytes, and how many they are.
   *
   * @param isKnown whether they are what they should be; null is returned when they are not, or cannot be read
   */
  static reopen(path: string, size: number, isKnown: (fd: number) => boolean): OpenFile | null {
    let fd: number | null = null;
    let file: OpenFile | null = null;
    try {
      fd = openDescriptor(path, "write");
      if (fd !== null && isKnown(fd)) file = new OpenFile(path, fd, size);
    } catch {
      // What is wrong with it is said when it is opened to be looked at.
    } finally {
      if (fd !== null && file === null) fs.closeSync(fd);
    }
    return file;
  }

  /** Now, in bytes. */
  size(): number {
    return fs.fstatSync(this.fd).size;
  }

  stamp(): FileStamp {
    return stampOf(fs.fstatSync(this.fd));
  }

  /** The bytes from `start` to `end`; fewer when the file ends before. */
  readSync(start: number, end: number): Buffer {
    return this.readInto(Buffer.allocUnsafe(Math.max(0, end - start)), start);
  }

  /** As `readSync`, into a buffer of the caller's; the bytes that were read are its beginning. */
  readInto(buffer: Buffer, start: number): Buffer {
    if (this.#isClosed) throw this.#closedError();
    // As a list of one buffer: of Node's two ways to read, this one takes less than half as long when it is first used.
    let length = fs.readvSync(this.fd, [buffer], start);
    while (length < buffer.length) {
      const read = fs.readvSync(this.fd, [buffer.subarray(length)], start + length);
      if (read === 0) return buffer.subarray(0, length);
      length += read;
    }
    return buffer;
  }

  /** As `readSync`, without holding the event loop. */
  async read(start: number, end: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
    return buffer.subarray(0, await this.fill(buffer, start));
  }

  /** Reads into a buffer of the caller's, without holding the event loop. Returns how many bytes: fewer than it has room for when the file ends before. */
  async fill(buffer: Buffer, start: number): Promise<number> {
    if (this.#isClosed) throw this.#closedError();
    let length = 0;
    this.#reading++;
    try {
      while (length < buffer.length) {
        const read = await readOnce(this.fd, buffer, length, start + length);
        if (read === 0) break;
        length += read;
      }
    } finally {
      this.#reading--;
      if (this.#isClosed && this.#reading === 0) fs.closeSync(this.fd);
    }
    return length;
  }

  /** Idempotent. The descriptor stays while a read is under way, so that its number cannot become another file's meanwhile. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#reading === 0) fs.closeSync(this.fd);
  }

  #closedError(): Error {
    return new Error(`${this.path} was closed while it was read`);
  }
}

/** Null when nothing is there. @throws {NotAFileError} */
function openDescriptor(path: string, mode: "read" | "write"): number | null {
  try {
    return fs.openSync(path, (mode === "read" ? O_RDONLY : O_RDWR) | CAREFULLY);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw asNotAFile(path, error);
  }
}

/** What the system says when something else is in a file's place, as NotAFileError; everything else as it is. */
function asNotAFile(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === "EISDIR") return new NotAFileError(`${path} is a folder, not a file`);
  if (code === "ELOOP" || code === "ENXIO")
    return new NotAFileError(`${path} is a link or a device, not a file`);
  return error;
}

function stampOf({ size, mtimeMs, ctimeMs, ino }: fs.Stats): FileStamp {
  return { size, mtimeMs, ctimeMs, ino };
}

/** The system's code of an error, for example `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What an error says, for messages. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readOnce(fd: number, buffer: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, offset, buffer.length - offset, position, (error, read) => {
      if (error === null) resolve(read);
      else reject(error);
    });
  });
}
