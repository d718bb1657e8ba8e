import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";

/** Modules too: a file that is found in a cloned repository must not run code, nor be passed over without a word. */
export const SEARCHED_FILES = [
  "agent-sessions.config.json",
  "agent-sessions.config.yaml",
  "agent-sessions.config.yml",
  ".agent-sessionsrc",
  "package.json",
  "agent-sessions.config.js",
  "agent-sessions.config.mjs",
  "agent-sessions.config.cjs",
] as const;

/** Whether a search may find a config file in `folder` or above it: mostly there is none, and the reader and checker need not load. */
export function hasConfigFile(folder: string): boolean {
  const parent = path.dirname(folder);
  return configFileIn(folder) !== null || (parent !== folder && hasConfigFile(parent));
}

/** The config file that a search finds in this very folder; null for none. */
export function configFileIn(folder: string): string | null {
  const files = SEARCHED_FILES.map((name) => path.join(folder, name));
  return files.find(mayConfigure) ?? null;
}

function mayConfigure(file: string): boolean {
  // A link that leads nowhere is there: it stood for a file that says where the store is.
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return false;
  if (path.basename(file) !== "package.json") return true;
  try {
    return mayHoldOurKey(readFileSync(file, "utf8"));
  } catch {
    // The reader says what is wrong with it.
    return true;
  }
}

/**
 * Whether the text of a package.json may hold our key. One that does not is nothing to us, valid or not; a dependency, or a package, of the
 * key's name is no key.
 */
export function mayHoldOurKey(packageJson: string): boolean {
  if (!packageJson.includes('"agent-sessions"')) return false;
  try {
    const manifest: unknown = JSON.parse(packageJson);
    return typeof manifest === "object" && manifest !== null && Object.hasOwn(manifest, "agent-sessions");
  } catch {
    return true;
  }
}
