import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { UnwritableError } from "./session-writer.js";
import { systemCodeOf } from "./system-error.js";

/** A name beside `target` that every tool takes for a leftover. */
function temporary(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID().slice(0, 8)}.tmp`);
}

/**
 * Writes a file that appears whole or not at all, and never in the place of another one.
 *
 * @throws {UnwritableError} when there is one
 */
export async function createFile(
  target: string,
  content: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await staged(temporary(target), async (staging) => {
    await writeDurably(staging, content);
    await inPlace(link(staging, target));
  });
}

/** Writes a file in the place of the one that is there. */
export async function replaceFile(target: string, content: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await staged(temporary(target), async (staging) => {
    await writeDurably(staging, [content]);
    await rename(staging, target);
  });
}

/** Writes a folder of files, whole or not at all. @throws {UnwritableError} when there is one that holds something */
export async function createFolder(
  target: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await staged(temporary(target), async (staging) => {
    await mkdir(staging);
    for (const [name, content] of files) {
      const file = path.join(staging, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeDurably(file, [content]);
    }
    await inPlace(rename(staging, target));
  });
}

/** @throws {UnwritableError} when something is there already */
async function inPlace(placing: Promise<void>): Promise<void> {
  try {
    await placing;
  } catch (cause) {
    if (!["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(systemCodeOf(cause) ?? "")) throw cause;
    throw new UnwritableError("its file exists already; write into another folder, or remove it", { cause });
  }
}

async function staged(staging: string, body: (staging: string) => Promise<void>): Promise<void> {
  try {
    await body(staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function writeDurably(
  file: string,
  content: AsyncIterable<string> | Iterable<string | Uint8Array>,
): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    for await (const piece of content) {
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
