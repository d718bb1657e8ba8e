import { shortHash } from "./short-hash.js";

const MAX_DIRECT_LENGTH = 120;
/** What some file system does not keep apart from all else. */
const UNSAFE = /[^a-z0-9._-]/;
/** Windows opens a device for these, whatever follows the first dot. */
const DEVICES: ReadonlySet<string> = new Set(
  "con prn aux nul com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9".split(
    " ",
  ),
);
const HASHED = /^(?:[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)?~[0-9a-f]{32}$/;
const SET_ASIDE = /^(.+)\.(?:torn|damaged)-\d{8}T\d{9}Z-[0-9a-f]{8}$/;
const MAX_SLUG_LENGTH = 40;

/**
 * The name, without extension, that an id or a namespace has on disk: the id itself where every file system keeps it apart from all
 * others, else `<slug>~<32 hex digits of SHA-256>`. `~` never occurs in a direct name, so no two ids share a name, on
 * case-insensitive and Unicode-normalising file systems too.
 */
export function diskNameOf(id: string): string {
  return isDirectName(id) ? id : `${slugOf(id)}~${shortHash(id)}`;
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

/**
 * Whether an id is its own file name: safe on every file system, one case only. A disk name of which this is true is the id itself, known
 * without reading the file. (As one pattern, with what is refused at either end, it takes V8 four times as long to be made ready.)
 */
export function isDirectName(name: string): boolean {
  if (name === "" || name.length > MAX_DIRECT_LENGTH || UNSAFE.test(name)) return false;
  // A leading one hides a file or looks like an option; Windows drops a trailing one.
  if ("._-".includes(name.charAt(0)) || name.endsWith(".")) return false;
  const dot = name.indexOf(".");
  return !DEVICES.has(dot === -1 ? name : name.slice(0, dot));
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
