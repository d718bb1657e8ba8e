import { open, rm } from "node:fs/promises";
import { InvalidInputError } from "@agent-sessions/core";

/** Writes a file that must not exist yet, readable by its owner only, and removes it again when it cannot be finished. */
export async function writeNewFile(path: string, content: AsyncIterable<string | Uint8Array>): Promise<void> {
  const file = await openNew(path);
  try {
    for await (const piece of content) await file.writeFile(piece);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function openNew(path: string): ReturnType<typeof open> {
  try {
    return await open(path, "wx", 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `The file ${path} cannot be made: ${why}. Name a new one.`,
      {
        path: "--output",
        cause,
      },
    );
  }
}
