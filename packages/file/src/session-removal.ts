import fs from "node:fs";
import { SessionDeleteError, StoreIoError } from "@agent-sessions/core";
import type { SessionKey } from "@agent-sessions/core/backend";
import { errorCode, reasonOf } from "./open-file.js";
import type { NamespaceFolder } from "./session-place.js";
import { setAsideFrom } from "./set-aside.js";

/** Removes a session's file if it is there, and says what was set aside from it. @throws {SessionDeleteError} when nothing was removed */
export function unlinkSession(
  { id }: SessionKey,
  folder: NamespaceFolder,
  fileName: string,
): { readonly wasThere: boolean; readonly aside: readonly string[] } {
  const path = folder.filePath(fileName);
  let aside: readonly string[] = [];
  try {
    aside = setAsideFrom(folder, fileName);
    fs.unlinkSync(path);
    return { wasThere: true, aside };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { wasThere: false, aside };
    throw new SessionDeleteError(id, path, { cause: error });
  }
}

/** That a session is gone, and not what was set aside from it. */
export function asideStays({ id }: SessionKey, { asidePath }: NamespaceFolder, cause: unknown): StoreIoError {
  return new StoreIoError(
    `Session ${JSON.stringify(id)} was deleted, but not what had been set aside from it, in ${asidePath}: ${reasonOf(cause)}. Delete it again, or remove those files by hand.`,
    { sessionId: id, location: asidePath, cause },
  );
}
