import { statSync } from "node:fs";
import path from "node:path";

/** Who else may put files into the folder itself: everybody, or the user's group. */
const WRITABLE_BY_OTHERS = 0o022;
/**
 * The same for a folder above it, in which it is yet to be made. Many systems let the user's group write to what a user makes, such as
 * `~/.cache`: who puts a folder of their own there instead is its owner, and that shows.
 */
const WRITABLE_ABOVE = 0o002;

/** Where the user's compiled code is kept; null where the environment names no place. */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | null {
  const { LOCALAPPDATA, HOME, XDG_CACHE_HOME } = env;
  const below = ["agent-sessions", "compiled"];
  if (platform === "win32") return LOCALAPPDATA ? path.join(LOCALAPPDATA, ...below) : null;
  if (XDG_CACHE_HOME && platform !== "darwin" && path.isAbsolute(XDG_CACHE_HOME))
    return path.join(XDG_CACHE_HOME, ...below);
  const caches = platform === "darwin" ? path.join("Library", "Caches") : ".cache";
  return HOME ? path.join(HOME, caches, ...below) : null;
}

/**
 * Whether only this user can put files into the folder, or into the first above it that there is: compiled code that somebody else put there
 * would run. Such is the home folder of another user when a program is run with `sudo`.
 */
export function isOurs(folder: string, writable: number = WRITABLE_BY_OTHERS): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return true;
  try {
    const { uid, mode } = statSync(folder);
    return uid === user && (mode & writable) === 0;
  } catch (error) {
    const parent = path.dirname(folder);
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return isMissing && parent !== folder && isOurs(parent, WRITABLE_ABOVE);
  }
}
