import { InvalidInputError } from "@agent-sessions/core";
import { abortSignal, checkOptions, choice } from "@agent-sessions/core/backend";
import { FORMATS } from "./formats.js";
import type { ImportedSession, Unreadable } from "./imported-session.js";
import { type Problem, problemOf } from "./problem.js";
import { type Recognised, recognise, recogniseFolder } from "./recognise.js";
import type { Damage, FolderFormat, FormatName, ReadItem } from "./session-format.js";
import { SourceFile } from "./source-file.js";
import { walkFiles } from "./walk-files.js";

export interface ReadSessionsOptions {
  /**
   * Reads files as this format alone, which settles what could be of several.
   * @default every format
   */
  readonly format?: FormatName | undefined;
  /** Ends the reading; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
}

type Item = ImportedSession | Unreadable;

/**
 * The sessions in files and folders of any known format, one by one, in the order of `paths` and, within a folder (searched to its
 * depth), by name. What gives no session is yielded as an `Unreadable` in its place, and a part that a session had to do without
 * behind that session: nothing is passed over in silence, and nothing that one file holds ends the reading of the others. Reads only.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for anything but paths, for a format that is none and for an unknown option
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
): AsyncGenerator<Item> {
  const { format, signal } = checkOptions("readSessions", options, CHECKS);
  for (const path of checkPaths(paths)) {
    for await (const item of readPath(path, format)) {
      signal?.throwIfAborted();
      yield item;
    }
  }
}

/** The formats that `readSessions` reads. */
export const READABLE_FORMATS: readonly FormatName[] = FORMATS.map(({ name }) => name);

const CHECKS = { format: choice(...READABLE_FORMATS), signal: abortSignal };

async function* readPath(path: string, format: FormatName | undefined): AsyncGenerator<Item> {
  let isFolder: boolean;
  try {
    isFolder = (await SourceFile.at(path)).isFolder;
  } catch (error) {
    yield unreadable(path, true, problemOf(error));
    return;
  }
  if (!isFolder) {
    yield* readFile(path, true, format);
    return;
  }
  const unitOf = async (folder: string): Promise<FolderFormat | null> =>
    await recogniseFolder(folder, format);
  const unit = await unitOf(path);
  if (unit !== null) {
    yield* readFolder(path, true, unit);
    return;
  }
  for await (const walked of walkFiles(path, unitOf)) {
    if (walked.skipped !== null) yield unreadable(walked.path, walked.path === path, walked.skipped);
    else if (walked.unit !== null) yield* readFolder(walked.path, false, walked.unit);
    else yield* readFile(walked.path, false, format);
  }
}

function readFolder(path: string, wasNamed: boolean, format: FolderFormat): AsyncGenerator<Item> {
  return readGuarded(format.folder.read(path), { path, wasNamed, format: format.name });
}

async function* readFile(
  path: string,
  wasNamed: boolean,
  wanted: FormatName | undefined,
): AsyncGenerator<Item> {
  let file: SourceFile;
  let recognised: Recognised;
  try {
    file = await SourceFile.at(path);
    if (!file.isRegular) {
      // Reading a pipe or a device could wait for ever.
      yield unreadable(path, wasNamed, {
        fault: "not-a-session",
        line: null,
        reason: "is not a regular file",
      });
      return;
    }
    recognised = await recognise(file, wanted);
  } catch (error) {
    yield unreadable(path, wasNamed, problemOf(error));
    return;
  }
  const { format, reason } = recognised;
  if (format !== null) yield* readGuarded(format.read(file), { path, wasNamed, format: format.name });
  else {
    const fault = recognised.candidates.length > 1 ? "ambiguous" : "not-a-session";
    yield unreadable(path, wasNamed, { fault, line: null, reason });
  }
}

/** Where items come from. */
interface Origin {
  readonly path: string;
  readonly wasNamed: boolean;
  readonly format: FormatName;
}

/** What a format reads, as the caller gets it; what it throws, as an `Unreadable`. */
async function* readGuarded(
  items: AsyncIterable<ReadItem>,
  { path, wasNamed, format }: Origin,
): AsyncGenerator<Item> {
  try {
    for await (const item of items) {
      if ("snapshot" in item) {
        const { snapshot, isDatedByFile = false } = item;
        yield { kind: "session", format, path, snapshot, isDatedByFile };
      } else {
        yield unreadable(path, wasNamed, { format, ...faultOf(item) });
      }
    }
  } catch (error) {
    yield unreadable(path, wasNamed, { format, ...problemOf(error) });
  }
}

function faultOf(item: Exclude<ReadItem, { readonly snapshot: unknown }>): Damage & Pick<Problem, "fault"> {
  if ("damage" in item) return { fault: "damaged", ...item.damage };
  return "part" in item
    ? { fault: "incomplete", ...item.part }
    : { fault: "damaged-file", ...item.fileDamage };
}

function unreadable(
  path: string,
  wasNamed: boolean,
  problem: Problem & Partial<Pick<Unreadable, "format" | "path">>,
): Unreadable {
  return { kind: "unreadable", path, format: null, ...problem, wasNamed };
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
