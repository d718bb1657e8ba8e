import fs from "node:fs";
import { dirname } from "node:path";
import { CAREFULLY, errorCode } from "./open-file.js";
import { renamePauseMs } from "./platform-rules.js";

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Waits until a file with all its attributes is on disk. Off the event loop. */
export function syncFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) =>
    fs.fsync(fd, (error) => (error === null ? resolve() : reject(error))),
  );
}

/** Opens a new file for reading and writing that only its owner can use, whatever the umask. Fails with EEXIST when it is there. */
export function createPrivateFile(path: string): number {
  const fd = fs.openSync(path, "wx+", PRIVATE_FILE);
  makePrivate(fd, path);
  return fd;
}

/**
 * As `createPrivateFile`, in a folder that is made if need be: made again, too, when a delete takes it away as the last thing was taken
 * out of it.
 */
export function createPrivateFileAndFolder(path: string): {
  readonly fd: number;
  readonly madeFolders: string[];
} {
  const madeFolders: string[] = [];
  for (;;) {
    try {
      return { fd: createPrivateFile(path), madeFolders };
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
    madeFolders.push(...ensurePrivateFolder(dirname(path)));
  }
}

/** Opens a file for appending; a new one belongs to its owner alone, whatever the umask. */
export function openPrivateFileForAppend(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = fs.constants;
  try {
    return fs.openSync(path, O_WRONLY | O_APPEND | CAREFULLY);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  const fd = fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, PRIVATE_FILE);
  makePrivate(fd, path);
  return fd;
}

/** So often a folder that somebody else takes away again is made anew, before its absence is taken for something else. */
const MAX_TRIES = 100;

/**
 * Makes a folder, and those above it that are missing, for its owner alone, whatever the umask. Returns the ones that were made, the
 * outermost first.
 *
 * @throws ENOENT where nothing can be made: below a link that leads nowhere, for example
 */
export function ensurePrivateFolder(path: string): string[] {
  const made: string[] = [];
  for (let tries = 1; ; tries++) {
    try {
      return [...made, ...makePrivateFolder(path)];
    } catch (error) {
      const parent = dirname(path);
      // The one above is missing, or whoever found a new one empty has taken it away.
      if (errorCode(error) !== "ENOENT" || parent === path || tries === MAX_TRIES) throw error;
      made.push(...ensurePrivateFolder(parent));
    }
  }
}

/** None when it is there. */
function makePrivateFolder(path: string): string[] {
  try {
    fs.mkdirSync(path, PRIVATE_FOLDER);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return [];
    throw error;
  }
  try {
    fs.chmodSync(path, PRIVATE_FOLDER);
  } catch (error) {
    removeEmptyFolders([path]);
    throw error;
  }
  return [path];
}

/** Takes folders away again that turned out not to be needed, the innermost first, as far as they are empty. */
export function removeEmptyFolders(paths: readonly string[]): void {
  for (const path of [...paths].reverse()) {
    try {
      fs.rmdirSync(path);
    } catch {
      // Somebody else put something into it meanwhile: then it is theirs.
      return;
    }
  }
}

/** Writes all bytes at a position. */
export function writeAllSync(fd: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += fs.writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

/** Renames over what is there. Windows refuses for a moment while a scanner or an indexer looks at either file. */
export async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      fs.renameSync(from, to);
      return;
    } catch (error) {
      const pauseMs = renamePauseMs(error, tries, process.platform);
      if (pauseMs === null) throw error;
      await new Promise<void>((resume) => setTimeout(resume, pauseMs));
    }
  }
}

/** What cannot be made private is taken away again. */
function makePrivate(fd: number, path: string): void {
  try {
    fs.fchmodSync(fd, PRIVATE_FILE);
  } catch (error) {
    fs.closeSync(fd);
    fs.rmSync(path, { force: true });
    throw error;
  }
}
