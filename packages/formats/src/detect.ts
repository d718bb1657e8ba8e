import { InvalidInputError, StoreIoError } from "@agent-sessions/core";
import { type Recognised, recognise, recogniseFolder } from "./recognise.js";
import type { FormatName } from "./session-format.js";
import { SourceFile } from "./source-file.js";
import { messageOf } from "./system-error.js";

/**
 * The format of the session file at `path`, by its first 64 KiB and its name; null when it is in none that is known. A damaged file
 * counts as long as it bears its format's marks. A folder counts when it is one session, or one tool's storage of them.
 *
 * @throws {InvalidInputError} INVALID_VALUE when it could be of several formats, which the message lists
 * @throws {StoreIoError} STORE_IO when it cannot be read, or does not exist
 */
export async function detect(path: string): Promise<FormatName | null> {
  const { format, candidates = [] } = await look(path);
  if (candidates.length > 1) {
    throw new InvalidInputError(
      "INVALID_VALUE",
      `${path} could be of several formats: ${candidates.join(", ")}. Say which one when you read it.`,
      { path: "path" },
    );
  }
  return format?.name ?? null;
}

const NOTHING: Recognised = { format: null, reason: "", candidates: [] };

async function look(path: string): Promise<Recognised> {
  try {
    const file = await SourceFile.at(path);
    if (file.isFolder) {
      const format = await recogniseFolder(path, undefined);
      return format === null ? NOTHING : { format, reason: null };
    }
    return file.isRegular ? await recognise(file, undefined) : NOTHING;
  } catch (cause) {
    throw new StoreIoError(
      `${path} cannot be read: ${messageOf(cause)}. Check the path and its permissions.`,
      {
        location: path,
        cause,
      },
    );
  }
}
