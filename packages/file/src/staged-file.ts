import fs from "node:fs";
import { join } from "node:path";
import { FolderNames } from "./folder-names.js";
import { isAtPath, isHeld, type TryLock, tryLockFile } from "./kernel-lock.js";
import { errorCode } from "./open-file.js";
import {
  createPrivateFileAndFolder,
  removeEmptyFolders,
  renameOver,
  syncFile,
  writeAllSync,
} from "./private-files.js";
import type { NamespaceFolder } from "./session-place.js";

/** File systems without hard links answer one of these. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);
/** What this thread is writing now, so that single-process mode can tell it from what a dead process left. */
const staged = new Set<string>();
/** Begins the names of what this process writes: another thread of it may be writing what is not in `staged`. */
const OWN_PREFIX: string = `${process.pid}-`;

/** A file that nobody sees before it is complete. Its writer keeps it locked, so that what a dead writer left can be told. */
export class StagedFile {
  readonly path: string;
  readonly #fd: number;
  readonly #folder: NamespaceFolder;
  readonly #isDurable: boolean;
  /** The outermost first. */
  readonly #madeFolders: readonly string[];
  #length = 0;
  #isOpen = true;

  private constructor(
    path: string,
    fd: number,
    folder: NamespaceFolder,
    isDurable: boolean,
    madeFolders: readonly string[],
  ) {
    this.path = path;
    this.#fd = fd;
    this.#folder = folder;
    this.#isDurable = isDurable;
    this.#madeFolders = madeFolders;
    staged.add(path);
  }

  static create(folder: NamespaceFolder, tryLock: TryLock | null, isDurable: boolean): StagedFile {
    const made: string[] = [];
    for (;;) {
      const path = join(folder.stagingPath, `${OWN_PREFIX}${crypto.randomUUID()}.tmp`);
      const { fd, madeFolders } = createPrivateFileAndFolder(path);
      made.push(...madeFolders);
      const file = new StagedFile(path, fd, folder, isDurable, made);
      try {
        // Between its making and its locking somebody may have taken it for a dead one's.
        if (tryLock === null || (tryLock(fd) && isAtPath(fd, path))) return file;
      } catch (error) {
        file.discard();
        throw error;
      }
      file.discard();
    }
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  write(bytes: Buffer): void {
    writeAllSync(this.#fd, bytes, this.#length);
    this.#length += bytes.length;
  }

  overwriteStart(bytes: Buffer): void {
    writeAllSync(this.#fd, bytes, 0);
  }

  /**
   * Gives the file its place, all of it at once, and makes that durable: the file first, then its name, then the names of folders.
   *
   * @param madeFolders those that were made for the session before this file
   * @param options `mode: "create"` fails with EEXIST when something is there
   */
  async publish(target: string, mode: "create" | "replace", madeFolders: readonly string[]): Promise<void> {
    if (!this.#isDurable) return await this.#give(target, mode);
    const { path, locksPath, stagingPath } = this.#folder;
    // Of locks and staged files nothing needs to be found again.
    const made = [...madeFolders, ...this.#madeFolders].filter(
      (folder) => folder !== locksPath && folder !== stagingPath,
    );
    const names = FolderNames.openWithOwn(path, made);
    try {
      await syncFile(this.#fd);
      await this.#give(target, mode);
      await names.syncAfter(`${target} was written`);
    } finally {
      names.close();
    }
  }

  async #give(target: string, mode: "create" | "replace"): Promise<void> {
    if (mode === "replace" || !this.#link(target)) await renameOver(this.path, target);
    else this.#unlink();
    this.#end();
  }

  /** Leaves nothing behind. Idempotent; does nothing after `publish`. */
  discard(): void {
    if (!this.#isOpen) return;
    this.#unlink();
    this.#end();
    // A folder for every file would cost more than the file; it goes only when nothing came of what was staged first in it.
    removeEmptyFolders(this.#madeFolders);
  }

  #link(target: string): boolean {
    try {
      fs.linkSync(this.path, target);
      return true;
    } catch (error) {
      if (!NO_LINKS.has(errorCode(error) ?? "")) throw error;
      // Without links a rename has to do; the session's lock keeps other writers of this library out.
      return false;
    }
  }

  #unlink(): void {
    try {
      fs.unlinkSync(this.path);
    } catch {
      // It is not listed, and swept once this process is gone.
    }
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    staged.delete(this.path);
    fs.closeSync(this.#fd);
  }
}

/** What writers left in a namespace's staging folder who are provably dead: nobody holds the lock on it. */
export function findLeftovers(folder: NamespaceFolder, tryLock: TryLock | null): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder.stagingPath);
  } catch {
    return [];
  }
  // Without kernel locks no other process is here, so what others left is dead; and a thread's own files go with its process.
  const foreign = tryLock === null ? names.filter((name) => !name.startsWith(OWN_PREFIX)) : names;
  const paths = foreign.map((name) => join(folder.stagingPath, name));
  const unheld = paths.filter((path) => !staged.has(path) && (tryLock === null || !isHeld(path, tryLock)));
  // Nobody holds what was published since the look into the folder either.
  return unheld.filter((path) => fs.existsSync(path));
}

/** Removes what dead writers left; returns what was removed. Never throws: what cannot be removed now can be later. */
export function sweepLeftovers(folder: NamespaceFolder, tryLock: TryLock | null): string[] {
  const removed = findLeftovers(folder, tryLock).filter((path) => {
    let fd: number | null = null;
    try {
      fd = tryLock === null ? null : tryLockFile(path, tryLock);
      if (tryLock !== null && fd === null) return false;
      // Not marked as lock files are: it may have been published, and then the session is the same file. Nobody waits for its lock.
      fs.unlinkSync(path);
      return true;
    } catch {
      return false;
    } finally {
      if (fd !== null) fs.closeSync(fd);
    }
  });
  return removed;
}
