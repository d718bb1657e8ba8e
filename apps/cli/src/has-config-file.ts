import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Data only: a file that is found in a cloned repository must not run code. */
export const SEARCHED_FILES = [
  "agent-sessions.config.json",
  "agent-sessions.config.yaml",
  ".agent-sessionsrc",
  "package.json",
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
  if (!existsSync(file)) return false;
  if (path.basename(file) !== "package.json") return true;
  try {
    return namesUs(readFileSync(file, "utf8"));
  } catch {
    // The reader says what is wrong with it.
    return true;
  }
}

/** Whether the text of a package.json may hold our key; one that does not is nothing to us, valid or not. */
export function namesUs(packageJson: string): boolean {
  return packageJson.includes('"agent-sessions"');
}
