import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";

/**
 * Removes what a build did not write. Emptying the folder first would take the chunks from under a program that is running: these load when
 * they are used.
 */
export async function removeStale(folder: string, builtAfterMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file);
    if (mtimeMs < builtAfterMs) await rm(file, { recursive: true });
  }
}
