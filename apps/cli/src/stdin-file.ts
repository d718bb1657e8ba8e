import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { refuseFolderOnStdin } from "./refuse-folder-on-stdin.js";

/** What names stdin where a path is wanted. */
const STDIN: readonly string[] = ["-", "/dev/stdin"];

/** Runs `body` with the paths, where a file takes the place of stdin: formats read their files in several passes, and a pipe has but one. */
export async function withStdinAsFile<T>(
  paths: readonly string[],
  signal: AbortSignal,
  body: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  if (!paths.some((one) => STDIN.includes(one))) return await body(paths);
  refuseFolderOnStdin();
  const folder = await mkdtemp(path.join(os.tmpdir(), "agent-sessions-"));
  try {
    const file = path.join(folder, "stdin");
    await pipeline(process.stdin, createWriteStream(file, { mode: 0o600 }), { signal });
    return await body([...new Set(paths.map((one) => (STDIN.includes(one) ? file : one)))]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
