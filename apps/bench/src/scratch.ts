import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileSystemOf, isInMemory } from "./file-system.js";

/** A temporary folder on a disk. */
export class Scratch {
  readonly root: string;
  /** The name of the file system that it lies on. */
  readonly fileSystem: string;
  #folders = 0;

  /**
   * @param parent default: the system's folder for temporary files, or `/var/tmp` where that one is memory
   * @throws {RangeError} when it would lie in memory, where flushing costs nothing
   */
  constructor(parent?: string) {
    const candidates = parent === undefined ? [tmpdir(), "/var/tmp"] : [parent];
    const onDisk = candidates.find((folder) => !isInMemory(folder));
    if (onDisk === undefined) {
      throw new RangeError(
        `${candidates.join(" and ")} lie in memory. Name a folder on a disk with --folder.`,
      );
    }
    this.root = mkdtempSync(path.join(realpathSync(onDisk), "agent-sessions-bench-"));
    this.fileSystem = fileSystemOf(this.root);
  }

  /** A path of its own that nothing is at yet. */
  path(name: string): string {
    return path.join(this.folder(), name);
  }

  /** A new, empty folder. */
  folder(): string {
    const folder = path.join(this.root, String(this.#folders++));
    mkdirSync(folder);
    return folder;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
