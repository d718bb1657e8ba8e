import fs from "node:fs";
import { join } from "node:path";
import { isDirectName, namespaceFolderName, parseNamespaceFolderName } from "./file-names.js";
import type { FileStore } from "./file-store.js";
import { readHeaderOnly } from "./log-state.js";
import { errorCode, OpenFile } from "./open-file.js";
import { NamespaceFolder } from "./session-place.js";

/** A folder of sessions as it was found on disk. */
export interface FoundFolder {
  readonly folder: NamespaceFolder;
  /** False when its name is a hash and no session in it tells the namespace: then `folder.namespace` is only the name on disk. */
  readonly isNamed: boolean;
  /** Names of session files, whatever is in them; ordered. */
  readonly fileNames: readonly string[];
}

/** The folder of the default namespace, and those of the others; nothing when the store's folder is missing. */
export async function* storeFolders(store: FileStore): AsyncGenerator<FoundFolder, void, undefined> {
  const { root, codec } = store.settings;
  const entries = await readFolder(root, store);
  yield found(store.folder(""), true, entries);
  for (const entry of entries) {
    const diskName = parseNamespaceFolderName(entry.name);
    if (diskName === null || !isFolder(entry, root)) continue;
    const inside = await readFolder(join(root, entry.name), store);
    if (isDirectName(diskName)) yield found(store.folder(diskName), true, inside);
    else {
      await codec.load?.();
      const nameless = new NamespaceFolder(root, diskName, codec.extension, entry.name);
      const namespace = namespaceInside(store, nameless, entry.name, inside);
      yield namespace === null
        ? found(nameless, false, inside)
        : found(store.folder(namespace), true, inside);
    }
  }
}

/** All names in a folder; none when it is missing. */
export function folderNames(folder: NamespaceFolder): Promise<string[]> {
  return new Promise((resolve, reject) => {
    fs.readdir(folder.path, settle(resolve, reject));
  });
}

function found(folder: NamespaceFolder, isNamed: boolean, entries: readonly fs.Dirent[]): FoundFolder {
  const fileNames = entries.map(({ name }) => name).filter((name) => folder.isSessionFile(name));
  return { folder, isNamed, fileNames: fileNames.sort() };
}

function readFolder(path: string, store: FileStore): Promise<fs.Dirent[]> {
  return new Promise((resolve, reject) => {
    fs.readdir(
      path,
      { withFileTypes: true },
      settle(resolve, (error) => reject(store.asStoreError(error))),
    );
  });
}

/** Takes what `fs.readdir` answers; a folder that is missing is empty. By callback, because `fs.promises` takes 2 ms to load. */
function settle<T>(
  resolve: (entries: T[]) => void,
  reject: (error: unknown) => void,
): (error: NodeJS.ErrnoException | null, entries: T[]) => void {
  return (error, entries) => {
    if (error === null) resolve(entries);
    else if (errorCode(error) === "ENOENT") resolve([]);
    else reject(error);
  };
}

/** A link to a folder counts too: its sessions are read and written like others, so they are verified and backed up like others. */
function isFolder(entry: fs.Dirent, parent: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return fs.statSync(join(parent, entry.name)).isDirectory();
  } catch {
    // It leads nowhere.
    return false;
  }
}

/** The namespace whose sessions lie in a folder with a hashed name: the first of them that can be read tells. Null when none does. */
function namespaceInside(
  store: FileStore,
  folder: NamespaceFolder,
  folderName: string,
  entries: readonly fs.Dirent[],
): string | null {
  const { codec, maxRecordBytes, maxDepth } = store.settings;
  for (const { name } of entries) {
    if (!folder.isSessionFile(name)) continue;
    let file: OpenFile | null = null;
    try {
      file = OpenFile.open(folder.filePath(name), "read");
      if (file === null) continue;
      const source = { file, codec, sessionId: name, expected: null, maxRecordBytes, maxDepth };
      const { namespace } = readHeaderOnly(source);
      if (namespaceFolderName(namespace) === folderName) return namespace;
    } catch {
      // Whoever lists or verifies its namespace is told; here the next file may be better.
    } finally {
      file?.close();
    }
  }
  return null;
}
