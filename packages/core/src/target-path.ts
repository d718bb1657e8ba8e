import { InvalidInputError } from "./errors.js";
import type { StoreTarget } from "./open-store.js";

/**
 * The path in a store URL, for backends whose place is a file or a folder.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when an option names a path too; and for `//name` or `//./name`, by which other tools
 * mean a path in the working directory, and which is one at the root of the disk. Three slashes, and a network folder of Windows, are taken.
 * For `~` and `~/name` too, which a shell would make the home folder of.
 */
export function targetPath({ scheme, location, options }: StoreTarget): string {
  if ("path" in options) {
    throw invalid("path", `The ${scheme}: URL already names the path: leave the option path out.`);
  }
  if (/^~(?:[\\/]|$)/.test(location)) throw notExpanded(scheme, location);
  const isMistaken = process.platform === "win32" ? /^\/\/\./ : /^\/\/(?!\/)/;
  if (!isMistaken.test(location)) return location;
  const [relative, absolute] = [location.slice(2), location.slice(1)];
  const problem = `${scheme}:${location} is not a path in the working directory, but one at the root of the disk.`;
  throw invalid(
    "url",
    `${problem} Write ${scheme}:${relative}, or ${scheme}:${absolute} if the root is meant.`,
  );
}

/** A shell puts the home folder in the place of `~`, but not behind `json:`: a folder of that name would be made. */
function notExpanded(scheme: string, location: string): InvalidInputError {
  const inHome = location.slice(1).replaceAll("\\", "/");
  return invalid(
    "url",
    `${scheme}:${location} does not mean the home folder: nothing puts that in the place of ~ in a URL. Write the whole path, which is ${scheme}:$HOME${inHome} in a shell and \`${scheme}:\${os.homedir()}${inHome}\` in code; or ${scheme}:./${location} for a folder that is called ~.`,
  );
}

function invalid(path: string, message: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", message, { path });
}
