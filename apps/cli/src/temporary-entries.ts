import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Entry } from "@agent-sessions/core";

/** Entries in a private temporary file, which goes with the process: where the system allows it, the file has no name. */
export class TemporaryEntries implements AsyncIterable<Entry> {
  #folder: string | null = null;
  #file: FileHandle | null = null;
  /** In bytes, of each piece of the file: a JSON array of entries. */
  readonly #sizes: number[] = [];

  get isEmpty(): boolean {
    return this.#sizes.length === 0;
  }

  /** Whether there was room for them. */
  async add(entries: readonly Entry[]): Promise<boolean> {
    const bytes = Buffer.from(JSON.stringify(entries));
    try {
      this.#file ??= await this.#open();
      // Behind the pieces before, and of one that found no room nothing counts.
      await this.#file.writeFile(bytes);
    } catch {
      return false;
    }
    this.#sizes.push(bytes.length);
    return true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry> {
    let position = 0;
    for (const size of this.#sizes) {
      yield* await this.#read(position, size);
      position += size;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  async #open(): Promise<FileHandle> {
    this.#folder = await mkdtemp(path.join(os.tmpdir(), "agent-sessions-"));
    const file = await open(path.join(this.#folder, "entries"), "wx+", 0o600);
    // A program that is killed leaves nothing. Windows removes no file that is open.
    if (process.platform !== "win32") await rm(this.#folder, { recursive: true, force: true });
    return file;
  }

  async #read(position: number, size: number): Promise<readonly Entry[]> {
    const bytes = Buffer.allocUnsafe(size);
    for (let read = 0; read < size; ) {
      const { bytesRead = 0 } = (await this.#file?.read(bytes, read, size - read, position + read)) ?? {};
      if (bytesRead === 0) throw new Error("A temporary file was cut short while it was in use.");
      read += bytesRead;
    }
    return JSON.parse(bytes.toString("utf8")) as readonly Entry[];
  }
}
