import { InvalidInputError } from "./errors.js";
import type { StoreTarget } from "./open-store.js";

/**
 * The path in a store URL, for backends whose place is a file or a folder.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when an option names a path too; and for `//name` or `//./name`, by which other tools
 * mean a path in the working directory, and which is one at the root of the disk. Three slashes, and a network folder of Windows, are taken.
 */
export function targetPath({ scheme, location, options }: StoreTarget): string {
  if ("path" in options) {
    throw invalid("path", `The ${scheme}: URL already names the path: leave the option path out.`);
  }
  const isMistaken = process.platform === "win32" ? /^\/\/\./ : /^\/\/(?!\/)/;
  if (!isMistaken.test(location)) return location;
  const [relative, absolute] = [location.slice(2), location.slice(1)];
  const problem = `${scheme}:${location} is not a path in the working directory, but one at the root of the disk.`;
  throw invalid(
    "url",
    `${problem} Write ${scheme}:${relative}, or ${scheme}:${absolute} if the root is meant.`,
  );
}

function invalid(path: string, message: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", message, { path });
}
