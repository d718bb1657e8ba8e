import { realpath } from "node:fs/promises";
import path from "node:path";

/** Why a file that lies in a folder by its path, and by a link elsewhere, is not read. */
export const LEADS_OUT =
  "is a link, or lies behind one, that leads out of the session's own folder, and was not followed";

/**
 * Whether a path in a folder leads out of it by a link. What lies there was not put there by whoever made the folder: in a folder that
 * somebody sent, it is a file of the reader's own.
 *
 * @throws what the file system throws, such as for a link that leads nowhere
 */
export async function leadsOutOf(folder: string, filePath: string): Promise<boolean> {
  const [root, target] = await Promise.all([realpath(folder), realpath(filePath)]);
  return !target.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}
