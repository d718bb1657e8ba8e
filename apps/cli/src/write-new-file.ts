import { rmSync } from "node:fs";
import { link, lstat, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import { partialName, removeLeftovers } from "./partial-files.js";

/** File systems without hard links answer one of these. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

/**
 * Writes a file that must not exist yet, readable by its owner only. It appears whole, durably, or not at all: until then it is `<file>.<random>.partial`,
 * which only a program that was killed leaves behind, until the next one writes the same file.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when it exists, or cannot be made there
 */
export async function writeNewFile(
  target: string,
  content: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  if (await exists(target)) throw cannotBeMade(target, "it exists already");
  await removeLeftovers(target);
  const staging = partialName(target);
  // Also where the program gives up waiting for what is under way.
  const remove = (): void => rmSync(staging, { force: true });
  process.once("exit", remove);
  try {
    await writeDurably(staging, target, content);
    await place(staging, target);
    await syncFolder(path.dirname(path.resolve(target)));
  } finally {
    // It would take the place of what went wrong. What stays is swept by the next one.
    await rm(staging, { force: true }).catch(() => undefined);
    process.off("exit", remove);
  }
}

async function writeDurably(
  staging: string,
  target: string,
  content: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const file = await open(staging, "wx", 0o600).catch((cause: unknown) => {
    throw isMissing(cause) ? noFolder(target, cause) : cannotBeMade(target, messageOf(cause), cause);
  });
  try {
    for await (const piece of content) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives the file its name, never in the place of another one. */
async function place(staging: string, target: string): Promise<void> {
  try {
    await link(staging, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw cannotBeMade(target, "it exists by now", error);
    if (!NO_LINKS.has(code)) throw error;
    await placeWithoutLinks(staging, target);
  }
}

/** An empty file of our own holds the name, so that the rename takes nobody else's place. */
async function placeWithoutLinks(staging: string, target: string): Promise<void> {
  const own = await open(target, "wx", 0o600).catch((cause: unknown) => {
    throw cannotBeMade(target, messageOf(cause), cause);
  });
  await own.close();
  await rename(staging, target);
}

async function exists(target: string): Promise<boolean> {
  return await lstat(target).then(
    () => true,
    () => false,
  );
}

/** The file's name in its folder has to outlive a crash as well. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "ENOENT";
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function noFolder(target: string, cause: unknown): InvalidInputError {
  const problem = `The file ${target} cannot be made: there is no folder ${path.dirname(target)}. Make that first, or name another place.`;
  return new InvalidInputError("INVALID_OPTIONS", problem, { path: "--output", cause });
}

function cannotBeMade(target: string, why: string, cause?: unknown): InvalidInputError {
  const problem = `The file ${target} cannot be made: ${why}. Name a new one.`;
  return new InvalidInputError("INVALID_OPTIONS", problem, { path: "--output", cause });
}
