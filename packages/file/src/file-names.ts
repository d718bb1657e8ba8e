import { shortHash } from "./short-hash.js";

/**
 * Ids that are their own file name: safe on every file system, one case only. Windows drops a trailing dot, and opens a device for
 * the names at the beginning here, whatever follows the first dot.
 */
const DIRECT = /^(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))[a-z0-9][a-z0-9._-]{0,119}(?<!\.)$/;
const HASHED = /^(?:[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)?~[0-9a-f]{32}$/;
const SET_ASIDE = /^(.+)\.(?:torn|damaged)-\d{8}T\d{9}Z-[0-9a-f]{8}$/;
const MAX_SLUG_LENGTH = 40;

/**
 * The name, without extension, that an id or a namespace has on disk: the id itself where every file system keeps it apart from all
 * others, else `<slug>~<32 hex digits of SHA-256>`. `~` never occurs in a direct name, so no two ids share a name, on
 * case-insensitive and Unicode-normalising file systems too.
 */
export function diskNameOf(id: string): string {
  return DIRECT.test(id) ? id : `${slugOf(id)}~${shortHash(id)}`;
}

/** The file of a session within its namespace's folder. */
export function sessionFileName(id: string, extension: string): string {
  return `${diskNameOf(id)}.${extension}`;
}

/** The folder of a namespace, relative to the store's; "" for the default namespace. */
export function namespaceFolderName(namespace: string): string {
  return namespace === "" ? "" : `@${diskNameOf(namespace)}`;
}

/** The disk name in a session's file name, or null when it is no session file: a temp file, a backup, somebody else's. */
export function parseSessionFileName(fileName: string, extension: string): string | null {
  const suffix = `.${extension}`;
  if (!fileName.endsWith(suffix)) return null;
  const name = fileName.slice(0, -suffix.length);
  return isDiskName(name) ? name : null;
}

/** The session file that was set aside under a name, or null when the name is not of that kind. */
export function parseSetAsideName(name: string, extension: string): string | null {
  const fileName = SET_ASIDE.exec(name)?.[1] ?? "";
  return parseSessionFileName(fileName, extension) === null ? null : fileName;
}

/** The disk name in a namespace folder's name, or null when the folder is somebody else's. */
export function parseNamespaceFolderName(folderName: string): string | null {
  if (!folderName.startsWith("@")) return null;
  const name = folderName.slice(1);
  return isDiskName(name) ? name : null;
}

/** Whether a disk name is the id itself, so that the id is known without reading the file. */
export function isDirectName(name: string): boolean {
  return DIRECT.test(name);
}

function isDiskName(name: string): boolean {
  return isDirectName(name) || HASHED.test(name);
}

/** What a person recognises of an id: lower-case ASCII letters and digits, the rest as single dashes. May be "". */
function slugOf(id: string): string {
  const words = id
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return words.replace(/^-/, "").slice(0, MAX_SLUG_LENGTH).replace(/-$/, "");
}
