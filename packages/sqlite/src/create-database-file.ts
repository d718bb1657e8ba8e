import { randomUUID } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync } from "node:fs";
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
  createPrivateFile(made);
  try {
    linkSync(made, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    // File systems without hard links: exclusive creation is the next best.
    if (!tryCreatePrivateFile(path)) return;
  } finally {
    unlinkSync(made);
  }
  syncFolder(folder);
}

/** Makes an empty file that only its owner can use, whatever the umask. Fails with EEXIST when it is there. */
export function createPrivateFile(path: string): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}

/** The same; false when it is there. */
export function tryCreatePrivateFile(path: string): boolean {
  try {
    createPrivateFile(path);
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
