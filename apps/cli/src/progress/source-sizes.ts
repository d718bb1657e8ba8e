import { readdir, stat } from "node:fs/promises";
import path from "node:path";

/** Says how much of the files that are read is done, by the file that was read last. */
export class SourceSizes {
  readonly #bytes: ReadonlyMap<string, number>;
  #reading: string | null = null;
  /** Of all files. */
  readonly totalBytes: number;

  private constructor(bytes: ReadonlyMap<string, number>) {
    this.#bytes = bytes;
    this.totalBytes = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  }

  /** The files of `paths`, folders to their depth. What cannot be looked at counts nothing: whoever reads it reports it. */
  static async of(paths: readonly string[]): Promise<SourceSizes> {
    const bytes = new Map<string, number>();
    for (const place of paths) await addSizes(place, bytes);
    return new SourceSizes(bytes);
  }

  /** The bytes that are done since the last call, now that something was found in `file`: those of the files before it. */
  doneBefore(file: string): number {
    if (file === this.#reading) return 0;
    const finished = this.#reading;
    this.#reading = file;
    return finished === null ? 0 : (this.#bytes.get(finished) ?? 0);
  }
}

async function addSizes(place: string, bytes: Map<string, number>): Promise<void> {
  const stats = await stat(place).catch(() => null);
  if (stats?.isFile() === true) bytes.set(place, stats.size);
  if (stats?.isDirectory() !== true) return;
  const names = await readdir(place, { recursive: true }).catch(() => []);
  for (const name of names) {
    const file = path.join(place, name);
    const found = await stat(file).catch(() => null);
    if (found?.isFile() === true) bytes.set(file, found.size);
  }
}
