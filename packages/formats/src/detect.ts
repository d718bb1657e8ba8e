import { StoreIoError } from "@agent-sessions/core";
import { recognise } from "./recognise.js";
import type { FormatName } from "./session-format.js";
import { SourceFile } from "./source-file.js";

/**
 * The format of the session file at `path`, by its name and its first 64 KiB; null when it is in none that is known, or is a folder.
 * A damaged file counts as long as it bears its format's marks.
 *
 * @throws {StoreIoError} STORE_IO when it cannot be read, or does not exist
 */
export async function detect(path: string): Promise<FormatName | null> {
  try {
    const file = await SourceFile.at(path);
    return file.isRegular ? ((await recognise(file)).format?.name ?? null) : null;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreIoError(`${path} cannot be read: ${why}. Check the path and its permissions.`, {
      location: path,
      cause,
    });
  }
}
