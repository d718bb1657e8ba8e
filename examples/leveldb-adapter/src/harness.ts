import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  type ContractHarness,
  type DeclaredHooks,
  type Impossible,
  noHooks,
  type Undo,
} from "@agent-sessions/core/contract";
import { ClassicLevel } from "classic-level";
import { DISCARDED, discardedKey, entryKey, FORMAT_KEY, sessionKey } from "./keys.js";
import { useDatabase } from "./level-database.js";
import { openLevelSessionStore } from "./level-session-store.js";

const hooks: DeclaredHooks<string> = {
  // What LevelDB keeps to itself cannot be done to it from outside.
  ...noHooks("LevelDB decides what its files hold, and checks them itself"),
  plantFolder: { impossible: "a session has no path of its own: all of them lie in one database" },
  damageIndex: { impossible: "there is no index beside the sessions" },

  corrupt: async (path, id, part) => {
    await meddle(path, async (level) => {
      const key = { namespace: "", id };
      const transcript = await level.get(sessionKey("transcript", key));
      const damaged = part === "head" ? sessionKey("summary", key) : entryKey(transcript ?? "", 2);
      await level.put(damaged, "{ garbled");
    });
  },
  plantUnknownField: async (path, id) => {
    const key = sessionKey("summary", { namespace: "", id });
    const readSummary = (): Promise<Record<string, unknown>> =>
      meddle(path, async (level) => JSON.parse((await level.get(key)) ?? "{}"));
    const planted = { ...(await readSummary()), fromANewerMinor: "kept" };
    await meddle(path, (level) => level.put(key, JSON.stringify(planted)));
    return async () => (await readSummary())["fromANewerMinor"] === "kept";
  },
  plantNewerFormat: async (path) => {
    await meddle(path, async (level) => {
      const format = JSON.parse((await level.get(FORMAT_KEY)) ?? "{}") as object;
      await level.put(FORMAT_KEY, JSON.stringify({ ...format, major: 2 }));
    });
  },
  plantForeign: async (path) => {
    const level = new ClassicLevel(path);
    await level.put("bookmark", "https://example.org/");
    await level.close();
  },
  plantStrays: async (path) => {
    if (existsSync(path)) {
      // A writer that was killed while it staged a session.
      const change = {
        type: "put",
        value: JSON.stringify({ at: "", message: { content: "stray" } }),
      } as const;
      await meddle(path, (level) =>
        level.batch([
          { ...change, key: discardedKey("stray") },
          { ...change, key: entryKey("stray", 1) },
        ]),
      );
    }
    await writeFile(join(dirname(path), "notes.txt"), "not a session");
  },

  makeUndeletable: (path, id) => {
    const summary = sessionKey("summary", { namespace: "", id });
    return failBatches(path, (changes) => changes.some(({ type, key }) => type === "del" && key === summary));
  },
  failWrites: (path) => failBatches(path, () => true),
  makeReadOnly: canMakeReadOnly(),

  snapshot: async (path) => {
    if (!existsSync(path)) return {};
    return await meddle(path, async (level) => {
      const hash = createHash("sha256");
      const found: Record<string, string> = {};
      for await (const [key, value] of level.iterator()) {
        // What waits to be swept is the one thing that could pile up unseen.
        if (key >= DISCARDED.gte && key < DISCARDED.lt) found[key] = "";
        hash.update(JSON.stringify([key, value]));
      }
      return { ...found, database: hash.digest("hex") };
    });
  },
  surroundings: async (path) => (await readdir(dirname(path))).filter((name) => name !== basename(path)),
  modes: async (path) => {
    const names = [".", ...(await readdir(path))];
    return await Promise.all(
      names.map(async (name) => {
        const stats = await stat(join(path, name));
        return { name, isFolder: stats.isDirectory(), mode: stats.mode & 0o777 };
      }),
    );
  },
  backupTarget: async (path) => ({ target: `${path}-backup`, place: `${path}-backup` }),
};

const READABLE_FILES =
  "LevelDB makes its files readable to all; their folder is 0700, which keeps others out";

/** The adapter's harness: a place is the path of a database in a temporary folder of its own. */
export const harness: ContractHarness<string> = {
  name: "leveldb",
  capabilities: { durable: true, multiProcess: false, multiHost: false, readOnlyMedia: false },
  create: async () => join(await mkdtemp(join(tmpdir(), "leveldb-adapter-")), "sessions"),
  open: (path, options) => openLevelSessionStore({ path, ...options }),
  openInProcess: { impossible: "LevelDB serves one process at a time" },
  teardown: async (path) => await rm(dirname(path), { recursive: true, force: true }),
  hooks,
  knownGaps: { "private.modes": READABLE_FILES, "backup.private": READABLE_FILES },
};

/** Does something to the database behind the store's back. */
async function meddle<T>(path: string, body: (level: ClassicLevel) => Promise<T>): Promise<T> {
  const level = new ClassicLevel(path, { createIfMissing: false });
  try {
    await level.open();
  } catch {
    // A folder is opened once in a process, and a handle under test has it open.
    return await meddleWithShared(path, body);
  }
  try {
    return await body(level);
  } finally {
    await level.close();
  }
}

async function meddleWithShared<T>(path: string, body: (level: ClassicLevel) => Promise<T>): Promise<T> {
  const database = useDatabase(path);
  try {
    const level = await database.reader();
    if (level === null) throw new Error(`There is no database at ${path}`);
    return await body(level);
  } finally {
    await database.release();
  }
}

interface Change {
  readonly type: "put" | "del";
  readonly key: string;
}

/** Lets the driver reject the batches that `isMeant` picks, as it does when the disk fails, until it is undone. */
async function failBatches(path: string, isMeant: (changes: readonly Change[]) => boolean): Promise<Undo> {
  const { batch } = ClassicLevel.prototype;
  async function failing(
    this: ClassicLevel,
    ...call: [changes: readonly Change[], options: object]
  ): Promise<void> {
    if (this.location === path && isMeant(call[0])) throw new Error("IO error: no space left (planted)");
    await Reflect.apply(batch, this, call);
  }
  // On the class, because the adapter opens a new connection after a write that failed.
  Object.assign(ClassicLevel.prototype, { batch: failing });
  return async () => {
    Object.assign(ClassicLevel.prototype, { batch });
  };
}

function canMakeReadOnly(): ((path: string) => Promise<Undo>) | Impossible {
  if (process.platform === "win32") return { impossible: "permissions mean something else on Windows" };
  if (process.getuid?.() === 0) return { impossible: "this is root, whom permissions do not stop" };
  const setModes = async (path: string, folderMode: number, fileMode: number): Promise<void> => {
    await chmod(path, 0o700);
    for (const name of await readdir(path)) await chmod(join(path, name), fileMode);
    await chmod(path, folderMode);
  };
  return async (path) => {
    await setModes(path, 0o500, 0o400);
    return () => setModes(path, 0o700, 0o600);
  };
}
