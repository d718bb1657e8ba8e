import path from "node:path";
import { openStoreByUrl } from "./open-store-by-url.js";
import { readOwnSession } from "./references/session-path.js";
import { storeUrl } from "./store-url.js";

/** A store of ours that was met where files to import were looked for. */
export interface OwnStore {
  /** The folder, or the database. */
  readonly path: string;
  /** What opens it. */
  readonly url: string;
}

const SCHEMES: Readonly<Record<string, "json" | "yaml" | "sqlite">> = {
  ".jsonl": "json",
  ".yaml": "yaml",
  ".db": "sqlite",
  ".sqlite": "sqlite",
  ".sqlite3": "sqlite",
};

/** A folder of which so many files are no sessions of ours is no store. */
const MAX_REFUSALS = 5;

/** The stores of ours that files belong to which no format reads: a folder that holds a session file, or a database. */
export async function ownStoresAmong(files: readonly string[]): Promise<readonly OwnStore[]> {
  const found = new Map<string, OwnStore>();
  const refusals = new Map<string, number>();
  for (const file of files) {
    const scheme = SCHEMES[path.extname(file).toLowerCase()];
    if (scheme === undefined) continue;
    const place = scheme === "sqlite" ? file : path.dirname(file);
    const refused = refusals.get(place) ?? 0;
    if (found.has(place) || refused === MAX_REFUSALS) continue;
    const url = storeUrl(scheme, place);
    if (scheme === "sqlite" ? await opens(url) : await isSession(file))
      found.set(place, { path: place, url });
    else refusals.set(place, refused + 1);
  }
  return [...found.values()];
}

/** Whether a file is of a store: in its folder, its database, or the log and the index beside it. */
export function belongsTo({ path: place }: OwnStore, file: string): boolean {
  return file.startsWith(`${place}${path.sep}`) || ["", "-wal", "-shm"].some((end) => file === place + end);
}

async function isSession(file: string): Promise<boolean> {
  try {
    await readOwnSession(file);
    return true;
  } catch {
    // Whatever it is, it is no store that could be opened instead.
    return false;
  }
}

async function opens(url: string): Promise<boolean> {
  try {
    await using store = await openStoreByUrl(url);
    await store.list({ limit: 1 });
    return true;
  } catch {
    // As above.
    return false;
  }
}
