import { fstatSync } from "node:fs";
import { InvalidInputError } from "@agent-sessions/core";

/**
 * Node reads a folder as though it were an empty file.
 *
 * @throws {InvalidInputError} INVALID_VALUE when stdin is a folder
 */
export function refuseFolderOnStdin(): void {
  if (!isFolder()) return;
  throw new InvalidInputError(
    "INVALID_VALUE",
    "Stdin is a folder, and a folder holds no text. Behind < goes a file; import takes folders by their paths.",
    { path: "stdin" },
  );
}

function isFolder(): boolean {
  try {
    return fstatSync(0).isDirectory();
  } catch {
    // A stdin that is closed is as good as an empty one.
    return false;
  }
}
