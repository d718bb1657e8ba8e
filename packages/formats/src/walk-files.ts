import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { compareCodePoints } from "@agent-sessions/core/backend";
import type { Problem } from "./problem.js";
import { messageOf } from "./system-error.js";

/** A file or something in its place, met on a walk. */
export interface WalkedPath<Unit> {
  readonly path: string;
  /** Not null: it is a folder that is to be read as one. */
  readonly unit: Unit | null;
  /** Why it was not gone into; null for what is to be read. */
  readonly skipped: Problem | null;
}

/** Never sessions, and often a hundred thousand files. Named by the caller they are walked like any other folder. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

/**
 * Every file below a folder, hidden ones too, in the order of their names by code point; links are followed, each folder once.
 *
 * @param unitOf says of a folder that it is to be read as one, and not to be gone into; null for any other
 */
export async function* walkFiles<Unit>(
  folder: string,
  unitOf: (folder: string) => Promise<Unit | null>,
  visited: Set<string> = new Set(),
): AsyncGenerator<WalkedPath<Unit>> {
  let names: readonly string[];
  try {
    visited.add(await realpath(folder));
    names = await readdir(folder);
  } catch (error) {
    yield skipped(folder, "io", `cannot be listed: ${messageOf(error)}`);
    return;
  }
  for (const name of names.toSorted(compareCodePoints)) {
    const full = path.join(folder, name);
    let target: string | null;
    try {
      target = (await stat(full)).isDirectory() ? await realpath(full) : null;
    } catch (error) {
      yield skipped(full, "io", `cannot be read: ${messageOf(error)}`);
      continue;
    }
    if (target === null) {
      yield { path: full, unit: null, skipped: null };
    } else if (PASSED_OVER.has(name)) {
      yield skipped(full, "not-a-session", "was not searched; name it to search it");
    } else if (visited.has(target)) {
      yield skipped(full, "not-a-session", "is a link to a folder that was searched already");
    } else {
      const unit = await unitOf(full);
      visited.add(target);
      if (unit === null) yield* walkFiles(full, unitOf, visited);
      else yield { path: full, unit, skipped: null };
    }
  }
}

function skipped(path: string, fault: Problem["fault"], reason: string): WalkedPath<never> {
  return { path, unit: null, skipped: { fault, line: null, reason } };
}
