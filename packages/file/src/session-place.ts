import { basename, join, sep } from "node:path";
import { isDirectName, namespaceFolderName, parseSessionFileName } from "./file-names.js";

/** Where things lie in one namespace's folder. */
export class NamespaceFolder {
  readonly path: string;
  readonly namespace: string;
  readonly extension: string;

  /** @param folderName where the namespace's name does not tell it: in the folder of a hashed name that nothing in it tells */
  constructor(root: string, namespace: string, extension: string, folderName?: string) {
    this.path = namespace === "" ? root : join(root, folderName ?? namespaceFolderName(namespace));
    this.namespace = namespace;
    this.extension = extension;
  }

  get locksPath(): string {
    return `${this.path}${sep}.locks.${this.extension}`;
  }

  /** Where files are written before they take their place: a folder of its own, so that sweeping it reads no session names. */
  get stagingPath(): string {
    return `${this.path}${sep}.staging.${this.extension}`;
  }

  get indexPath(): string {
    return `${this.path}${sep}.index.${this.extension}`;
  }

  /** Where torn ends and damaged files are kept. */
  get asidePath(): string {
    return asideFolderOf(this.path, this.extension);
  }

  filePath(fileName: string): string {
    return `${this.path}${sep}${fileName}`;
  }

  lockPath(fileName: string): string {
    return `${this.locksPath}${sep}${fileName.slice(0, -this.extension.length)}lock`;
  }

  /** Of those who wait for that lock; a seat's number follows. */
  waitingRoomPath(fileName: string): string {
    return `${this.locksPath}${sep}${fileName.slice(0, -this.extension.length)}wait`;
  }

  isSessionFile(fileName: string): boolean {
    return parseSessionFileName(fileName, this.extension) !== null;
  }

  /** The id of a session file that cannot be read: exact for direct names, else the name on disk stands for it. */
  idOf(fileName: string): string {
    return parseSessionFileName(fileName, this.extension) ?? basename(fileName);
  }

  /** Whether the id can be told without reading the file. */
  isIdKnown(fileName: string): boolean {
    return isDirectName(this.idOf(fileName));
  }
}

/** The folder, beside session files, for what was taken out of them: one of its own, so that finding it reads no session names. */
export function asideFolderOf(path: string, extension: string): string {
  return join(path, `.aside.${extension}`);
}
