import { InvalidInputError, SessionStoreError } from "@agent-sessions/core";
import type { ImportedSession, Unreadable } from "./imported-session.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { recognise } from "./recognise.js";
import type { FormatName } from "./session-format.js";
import { SourceFile } from "./source-file.js";
import { walkFiles } from "./walk-files.js";

export interface ReadSessionsOptions {
  /** Ends the reading; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The sessions in files and folders of any known format, one by one, in the order of `paths` and, within a folder (searched to its
 * depth), by name. What gives no session is yielded as an `Unreadable` in its place: nothing is passed over in silence, and nothing
 * that one file holds ends the reading of the others. Reads only.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for anything but paths
 *
 * @example
 * ```ts
 * for await (const item of readSessions(".port_sessions")) {
 *   if (item.kind === "session") await store.restore(item.snapshot, { expectedRevision: 0 });
 *   else console.warn(`${item.path} ${item.reason}`);
 * }
 * ```
 */
export async function* readSessions(
  paths: string | readonly string[],
  options: ReadSessionsOptions = {},
): AsyncGenerator<ImportedSession | Unreadable> {
  for (const path of checkPaths(paths)) {
    for await (const item of readPath(path)) {
      options.signal?.throwIfAborted();
      yield item;
    }
  }
}

async function* readPath(path: string): AsyncGenerator<ImportedSession | Unreadable> {
  let named: SourceFile;
  try {
    named = await SourceFile.at(path);
  } catch (error) {
    yield unreadable(path, true, { fault: "io", reason: ioReason(error) });
    return;
  }
  if (!named.isFolder) {
    yield* readFile(named, true);
    return;
  }
  for await (const walked of walkFiles(path)) {
    if (walked.skipped !== null) {
      yield unreadable(walked.path, walked.path === path, walked.skipped);
      continue;
    }
    let file: SourceFile;
    try {
      file = await SourceFile.at(walked.path);
    } catch (error) {
      yield unreadable(walked.path, false, { fault: "io", reason: ioReason(error) });
      continue;
    }
    yield* readFile(file, false);
  }
}

async function* readFile(file: SourceFile, wasNamed: boolean): AsyncGenerator<ImportedSession | Unreadable> {
  const { path } = file;
  if (!file.isRegular) {
    // Reading a pipe or a device could wait for ever.
    yield unreadable(path, wasNamed, { fault: "not-a-session", reason: "is not a regular file" });
    return;
  }
  let format: FormatName | null = null;
  try {
    const recognised = await recognise(file);
    if (recognised.format === null) {
      yield unreadable(path, wasNamed, { fault: "not-a-session", reason: recognised.reason });
      return;
    }
    format = recognised.format.name;
    for await (const item of recognised.format.read(file)) {
      if ("snapshot" in item) yield { kind: "session", format, path, snapshot: item.snapshot };
      else yield unreadable(path, wasNamed, { fault: "damaged", format, ...item.damage });
    }
  } catch (error) {
    if (error instanceof MalformedFileError) {
      yield unreadable(path, wasNamed, { fault: "damaged", format, line: error.line, reason: error.message });
    } else if (SessionStoreError.is(error)) {
      yield unreadable(path, wasNamed, {
        fault: "damaged",
        format,
        reason: `holds what no store can keep: ${error.message}`,
      });
    } else if (isSystemError(error)) {
      yield unreadable(path, wasNamed, { fault: "io", format, reason: ioReason(error) });
    } else {
      throw error;
    }
  }
}

function unreadable(
  path: string,
  wasNamed: boolean,
  problem: Pick<Unreadable, "fault" | "reason"> & Partial<Pick<Unreadable, "format" | "line">>,
): Unreadable {
  return { kind: "unreadable", path, format: null, line: null, ...problem, wasNamed };
}

function checkPaths(paths: unknown): readonly string[] {
  const list: unknown = typeof paths === "string" ? [paths] : paths;
  const fits =
    Array.isArray(list) &&
    list.every((path) => typeof path === "string" && path !== "" && !path.includes("\0"));
  if (fits) return list as string[];
  throw new InvalidInputError("INVALID_OPTIONS", "paths must be a path or an array of paths.", {
    path: "paths",
  });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}

function ioReason(error: unknown): string {
  if (isSystemError(error) && error.code === "ENOENT") return "does not exist";
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
