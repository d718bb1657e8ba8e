import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { compareCodePoints } from "@agent-sessions/core/backend";

/** A file or something in its place, met on a walk. */
export interface WalkedPath {
  readonly path: string;
  /** Why it was not gone into; null for a file that is to be read. */
  readonly skipped: { readonly fault: "not-a-session" | "io"; readonly reason: string } | null;
}

/** Never sessions, and often a hundred thousand files. Named by the caller they are walked like any other folder. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** Every file below a folder, hidden ones too, in the order of their names by code point; links are followed, each folder once. */
export async function* walkFiles(
  folder: string,
  visited: Set<string> = new Set(),
): AsyncGenerator<WalkedPath> {
  let names: readonly string[];
  try {
    visited.add(await realpath(folder));
    names = await readdir(folder);
  } catch (error) {
    yield { path: folder, skipped: { fault: "io", reason: `cannot be listed: ${textOf(error)}` } };
    return;
  }
  for (const name of names.toSorted(compareCodePoints)) {
    const full = path.join(folder, name);
    let stats: Awaited<ReturnType<typeof stat>>;
    try {
      stats = await stat(full);
    } catch (error) {
      yield { path: full, skipped: { fault: "io", reason: `cannot be read: ${textOf(error)}` } };
      continue;
    }
    if (!stats.isDirectory()) {
      yield { path: full, skipped: null };
    } else if (PASSED_OVER.has(name)) {
      yield {
        path: full,
        skipped: { fault: "not-a-session", reason: "was not searched; name it to search it" },
      };
    } else if (visited.has(await realpath(full))) {
      yield {
        path: full,
        skipped: { fault: "not-a-session", reason: "is a link to a folder that was searched already" },
      };
    } else {
      yield* walkFiles(full, visited);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
