import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { compareCodePoints } from "@agent-sessions/core/backend";

/** A file or something in its place, met on a walk. */
export interface WalkedPath {
  readonly path: string;
  /** It is a folder that is to be read as one. */
  readonly isUnit: boolean;
  /** Why it was not gone into; null for a file that is to be read. */
  readonly skipped: { readonly fault: "not-a-session" | "io"; readonly reason: string } | null;
}

/** Never sessions, and often a hundred thousand files. Named by the caller they are walked like any other folder. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

/**
 * Every file below a folder, hidden ones too, in the order of their names by code point; links are followed, each folder once.
 *
 * @param isUnit says of a folder that it is to be read as one, and not to be gone into
 */
export async function* walkFiles(
  folder: string,
  isUnit: (folder: string) => Promise<boolean>,
  visited: Set<string> = new Set(),
): AsyncGenerator<WalkedPath> {
  let names: readonly string[];
  try {
    visited.add(await realpath(folder));
    names = await readdir(folder);
  } catch (error) {
    yield {
      path: folder,
      isUnit: false,
      skipped: { fault: "io", reason: `cannot be listed: ${textOf(error)}` },
    };
    return;
  }
  for (const name of names.toSorted(compareCodePoints)) {
    const full = path.join(folder, name);
    let stats: Awaited<ReturnType<typeof stat>>;
    try {
      stats = await stat(full);
    } catch (error) {
      yield {
        path: full,
        isUnit: false,
        skipped: { fault: "io", reason: `cannot be read: ${textOf(error)}` },
      };
      continue;
    }
    if (!stats.isDirectory()) {
      yield { path: full, isUnit: false, skipped: null };
    } else if (PASSED_OVER.has(name)) {
      yield {
        path: full,
        isUnit: false,
        skipped: { fault: "not-a-session", reason: "was not searched; name it to search it" },
      };
    } else if (visited.has(await realpath(full))) {
      yield {
        path: full,
        isUnit: false,
        skipped: { fault: "not-a-session", reason: "is a link to a folder that was searched already" },
      };
    } else if (await isUnit(full)) {
      visited.add(await realpath(full));
      yield { path: full, isUnit: true, skipped: null };
    } else {
      yield* walkFiles(full, isUnit, visited);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
