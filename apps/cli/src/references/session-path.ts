import { closeSync, openSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { InvalidInputError, type SessionSnapshot, SessionStoreError } from "@agent-sessions/core";
import { forShell } from "../for-shell.js";

/** Whether a reference may be a path: it holds a separator. Anything else is never taken for one. */
export function mayBePath(reference: string): boolean {
  return reference.includes("/") || (path.sep === "\\" && reference.includes("\\"));
}

/**
 * Reads one session file, wherever it lies.
 *
 * @throws {StoreIoError} STORE_IO when it cannot be read, or there is no such file
 * @throws {SessionCorruptedError} SESSION_CORRUPTED when it is damaged, or none
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when a newer version wrote it
 * @throws {InvalidInputError} INVALID_OPTIONS when it is sound and of another format
 */
export async function readSessionAt(file: string): Promise<SessionSnapshot> {
  try {
    return await readOwnSession(file);
  } catch (error) {
    if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
    await refuseOtherFormat(file, error);
    throw outsideStore(error);
  }
}

/** As `readSessionAt`; a session of another format is SESSION_CORRUPTED, too. */
export async function readOwnSession(file: string): Promise<SessionSnapshot> {
  const { readSessionFile } = isYaml(file)
    ? await import("@agent-sessions/yaml")
    : await import("@agent-sessions/json");
  return await readSessionFile(file);
}

/** The same error; no store's verify tells of this file. */
function outsideStore({ code, message, sessionId, location, details, cause }: SessionStoreError): Error {
  const told = { ...details, outsideStore: true };
  return new SessionStoreError(code, message, { sessionId, location, details: told, cause });
}

/** What is sound and of another format, such as an archive of ours, is not damaged, and neither is a folder. */
async function refuseOtherFormat(file: string, cause: SessionStoreError): Promise<void> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    const problem = `${file} is a folder, not the file of one session. Name a file in it; --store names a whole store.`;
    throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "session", location: file, cause });
  }
  const { detect } = await import("@agent-sessions/formats");
  // Where that cannot be told, what is wrong with it as a session of ours is what there is to say.
  const format = await detect(file).catch(() => null);
  if (format === null) return;
  const what = format === "agent-sessions" ? "an archive of sessions" : `a session file of ${format}`;
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `${file} is ${what}, not the file of one session of a store. Read it with agent-sessions import ${forShell(file)}, then show the session by its id.`,
    { path: "session", location: file, cause },
  );
}

/** By its name, or where the name does not tell, by its first character: a record of JSON begins with a brace. */
function isYaml(file: string): boolean {
  const extension = path.extname(file).toLowerCase();
  if (extension === ".yaml" || extension === ".yml") return true;
  if (extension === ".jsonl" || extension === ".json") return false;
  return firstCharacter(file) !== "{";
}

function firstCharacter(file: string): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      const [byte] = [Buffer.alloc(1)];
      return readSync(descriptor, byte, 0, 1, 0) === 1 ? byte.toString("latin1") : "";
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The reader says what is wrong with the file.
    return "";
  }
}
