import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";

/**
 * A folder that is empty and ours: the one that was asked for, which must not hold anything, or a new one below `agent-sessions-demo`
 * in the working folder.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when it holds something, or cannot be made
 */
export async function freshFolder(wanted: string | undefined, now: Date): Promise<string> {
  try {
    if (wanted === undefined) return await newRunFolder(path.resolve("agent-sessions-demo"), now);
    const folder = path.resolve(wanted);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length === 0) return folder;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid(`The demo's folder cannot be made: ${why}. Name another with --output.`, cause);
  }
  throw invalid(
    `The folder ${wanted} is not empty, and the demo overwrites nothing. Name a new one with --output.`,
  );
}

/** Named by the time; with a number behind it when two runs begin in the same second. */
async function newRunFolder(base: string, now: Date): Promise<string> {
  await mkdir(base, { recursive: true, mode: 0o700 });
  const name = now.toISOString().slice(0, 19).replaceAll(":", "-");
  for (let run = 1; ; run++) {
    const folder = path.join(base, run === 1 ? name : `${name}-${run}`);
    try {
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function invalid(message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", message, { path: "--output", cause });
}
