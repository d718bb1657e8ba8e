import { errorCode } from "./open-file.js";

/** What Windows says while a virus scanner or an indexer has a file open. It passes. */
const TRANSIENT: ReadonlySet<string> = new Set(["EPERM", "EACCES", "EBUSY"]);
/** 2 + 4 + … + 512 milliseconds: a second of patience in all. */
const MAX_RENAME_TRIES = 10;
/** What file systems answer that cannot sync a folder: network disks, FUSE, FAT. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set([
  "EINVAL",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EISDIR",
  "EBADF",
  "ENOSYS",
]);

/**
 * How long to wait before a rename is tried again, in milliseconds; null when trying again is pointless: elsewhere than on Windows a
 * refusal is final.
 *
 * @param tries how many have failed
 */
export function renamePauseMs(error: unknown, tries: number, platform: NodeJS.Platform): number | null {
  const isTransient = platform === "win32" && TRANSIENT.has(errorCode(error) ?? "");
  return isTransient && tries < MAX_RENAME_TRIES ? 2 ** tries : null;
}

/** Whether opening or syncing a folder failed because there is no such thing here. Windows opens no folders: whatever it says means that. */
export function isFolderSyncUnsupported(error: unknown, platform: NodeJS.Platform): boolean {
  return platform === "win32" || NO_FOLDER_SYNC.has(errorCode(error) ?? "");
}

/** On Windows a file that is being unlinked refuses to be opened until its last descriptor is closed: somebody holds it still. */
export function isFadingFile(error: unknown, platform: NodeJS.Platform): boolean {
  return platform === "win32" && TRANSIENT.has(errorCode(error) ?? "");
}
