import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  unlinkSync,
} from "node:fs";
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
  makePrivateFolder(folder);
  const made = `${path}.${crypto.randomUUID()}.new`;
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

/** Makes a folder that only its owner can use, whatever the umask, with those above it. One that is there stays as it is. */
export function makePrivateFolder(folder: string): void {
  // One after the other: where the umask takes the owner's own rights, nothing could be made in a folder that was just made.
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.push(at);
  for (const made of missing.reverse()) {
    try {
      mkdirSync(made, 0o700);
    } catch (error) {
      if (codeOf(error) === "EEXIST") continue;
      throw error;
    }
    chmodSync(made, 0o700);
  }
}

/** Makes what a closed file holds durable. */
export function syncFile(path: string): void {
  const fd = openSync(path, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
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
  return (error as NodeJS.ErrnoException).code;
}
