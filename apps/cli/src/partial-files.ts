import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";

/** A file that nothing was written to for so long, in milliseconds, has lost its writer: whoever writes one does so all the time. */
const LEFT_AFTER_MS = 60 * 60 * 1000;
/** Behind the name of the file that it was to become. */
const ENDING = /\.[0-9a-f]{8}\.partial$/;
/** The names that prune gives by itself; each prune has another one. */
const BY_PRUNE = /^agent-sessions-pruned-[\dT-]+Z\.jsonl\.gz$/;

/** What a file is called until it is whole. */
export function partialName(target: string): string {
  return `${target}.${randomUUID().slice(0, 8)}.partial`;
}

/** Removes what killed programs left of the same file, and of archives that prune named, beside it. What cannot be removed stays. */
export async function removeLeftovers(target: string): Promise<void> {
  const folder = path.dirname(path.resolve(target));
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const becomes = name.replace(ENDING, "");
    if (becomes === name || (becomes !== path.basename(target) && !BY_PRUNE.test(becomes))) continue;
    await removeIfLeft(path.join(folder, name)).catch(() => undefined);
  }
}

async function removeIfLeft(file: string): Promise<void> {
  const { mtimeMs } = await stat(file);
  if (Date.now() - mtimeMs > LEFT_AFTER_MS) await rm(file);
}
