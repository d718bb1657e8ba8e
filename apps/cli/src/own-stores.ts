import path from "node:path";
import { openStoreByUrl } from "./open-store-by-url.js";
import { readSessionAt } from "./references/session-path.js";
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

/** The stores of ours that files belong to which no format reads: a folder that holds a session file, or a database. */
export async function ownStoresAmong(files: readonly string[]): Promise<readonly OwnStore[]> {
  const found = new Map<string, OwnStore>();
  for (const file of files) {
    const scheme = SCHEMES[path.extname(file).toLowerCase()];
    if (scheme === undefined) continue;
    const place = scheme === "sqlite" ? file : path.dirname(file);
    if (found.has(place)) continue;
    const url = storeUrl(scheme, place);
    if (scheme === "sqlite" ? await opens(url) : await isSession(file))
      found.set(place, { path: place, url });
  }
  return [...found.values()];
}

/** Whether a file is of a store: in its folder, its database, or the log and the index beside it. */
export function belongsTo({ path: place }: OwnStore, file: string): boolean {
  return file.startsWith(`${place}${path.sep}`) || ["", "-wal", "-shm"].some((end) => file === place + end);
}

async function isSession(file: string): Promise<boolean> {
  try {
    await readSessionAt(file);
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
