import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes an empty file that only its owner can read, with the folders above it. SQLite fills it, and gives its side files the same
 * permissions. A file that is there already stays as it is.
 *
 * The file is made under another name first: to open and close the database itself, while another handle of this process uses it,
 * would release the locks of that handle.
 *
 * @see https://www.sqlite.org/howtocorrupt.html section 2.2
 */
export function createDatabaseFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = `${path}.${randomUUID()}.new`;
  closeSync(openSync(made, "wx", 0o600));
  try {
    linkSync(made, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    // File systems without hard links: exclusive creation is the next best.
    if (!createExclusively(path)) return;
  } finally {
    unlinkSync(made);
  }
  syncFolder(folder);
}

function createExclusively(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Makes the file's name durable; Windows neither needs nor allows it. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
