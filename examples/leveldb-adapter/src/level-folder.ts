import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import { ClassicLevel } from "classic-level";
import { DISCARDED, discardedKey, entriesOf, FORMAT_KEY, transcriptOf } from "./keys.js";

/** A newer minor adds fields and keys, which are kept; a newer major is refused. */
const FORMAT = { format: "example-leveldb-adapter", major: 1, minor: 0 } as const;

/** The files that LevelDB makes, also when it was stopped before there was a database. */
const LEVELDB_FILE = /^(?:CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(?:log|ldb|sst|dbtmp))$/;

/** Whether a database lies at `location`. @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when something else does */
export async function isLevelFolder(location: string): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(location);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    throw code === "ENOTDIR" ? notOurs(location, "it is a file") : error;
  }
  if (names.includes("CURRENT")) return true;
  const foreign = names.find((name) => !LEVELDB_FILE.test(name));
  if (foreign !== undefined) throw notOurs(location, `the folder holds ${JSON.stringify(foreign)}`);
  return false;
}

/** Before the first write: names the format, and sweeps what a killed process left. No other process can be at work on it. */
export async function prepare(level: ClassicLevel): Promise<void> {
  if ((await level.get(FORMAT_KEY)) === undefined) {
    await level.put(FORMAT_KEY, JSON.stringify(FORMAT), { sync: true });
  }
  for await (const key of level.keys(DISCARDED)) await sweepEntries(level, transcriptOf(key));
}

export async function sweepEntries(level: ClassicLevel, transcript: string): Promise<void> {
  await level.clear(entriesOf(transcript));
  await level.del(discardedKey(transcript));
}

/** Rejects when the disk has less room than LevelDB needs to read its log and write it out as a table. */
export async function probeSpace(location: string): Promise<void> {
  let sizeBytes = 64 * 1024;
  for (const name of await readdir(location)) {
    if (name.endsWith(".log")) sizeBytes += (await stat(join(location, name))).size;
  }
  // A name of LevelDB's own temporary files: it removes what a killed process left.
  const probe = join(location, "0.dbtmp");
  try {
    await writeFile(probe, Buffer.alloc(sizeBytes));
  } finally {
    await rm(probe, { force: true });
  }
}

export async function openLevel(location: string): Promise<ClassicLevel> {
  const level = new ClassicLevel(location);
  try {
    await level.open();
    await checkFormat(level);
    return level;
  } catch (error) {
    await level.close();
    const cause = error instanceof Error ? error.cause : undefined;
    if ((cause as { readonly code?: unknown } | undefined)?.code !== "LEVEL_LOCKED") throw error;
    throw new StoreIoError(
      `The LevelDB folder ${location} is open in another process. LevelDB serves one process at a time: close the other one.`,
      { location, cause: error },
    );
  }
}

async function checkFormat(level: ClassicLevel): Promise<void> {
  const record = await level.get(FORMAT_KEY);
  if (record === undefined) {
    const [anyKey] = await level.keys({ limit: 1 }).all();
    if (anyKey !== undefined) throw notOurs(level.location, "its records are another program's");
    return;
  }
  const { format, major } = parseFormat(record);
  if (format !== FORMAT.format) throw notOurs(level.location, "its records are another program's");
  if (major !== FORMAT.major) {
    throw new StoreIncompatibleError(
      `The session store in ${level.location} has format ${String(major)}, and this version reads format ${FORMAT.major}. Update the adapter.`,
      { location: level.location },
    );
  }
}

function parseFormat(record: string): { readonly format?: unknown; readonly major?: unknown } {
  try {
    return Object(JSON.parse(record)) as object;
  } catch {
    return {};
  }
}

function notOurs(location: string, reason: string): StoreIncompatibleError {
  return new StoreIncompatibleError(
    `There is no session store at ${location}: ${reason}. It was left untouched; choose another path.`,
    { location },
  );
}
