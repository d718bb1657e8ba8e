import type * as FileSystem from "node:fs";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backUpDatabase } from "../src/back-up-database.js";
import {
  createDatabaseFile,
  makePrivateFolder,
  syncFolder,
  tryCreatePrivateFile,
} from "../src/create-database-file.js";
import { HeldFile } from "../src/held-file.js";
import { openSqliteSessionStore } from "../src/index.js";
import type { SqlDatabase } from "../src/sql-database.js";
import { codeOf, makePlace, removePlace } from "./sqlite-harness.js";

/** What happens just before the system is asked; it may throw in the system's place. */
const before = vi.hoisted(() => ({ link: (): void => {}, makeFolder: (_path: string): void => {} }));

// Modules that were loaded by the test files before hold the real one, and those to come are not to hold this one.
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock("node:fs", async (original) => {
  const real = await original<typeof FileSystem>();
  const linkSync: typeof real.linkSync = (...given) => {
    before.link();
    real.linkSync(...given);
  };
  const mkdirSync = ((path: string, mode?: FileSystem.Mode) => {
    before.makeFolder(path);
    return real.mkdirSync(path, mode);
  }) as typeof real.mkdirSync;
  return { ...real, linkSync, mkdirSync: Object.assign(mkdirSync, { real: real.mkdirSync }) };
});

const makeFolderAsAnotherProcess = (mkdirSync as unknown as { real: typeof mkdirSync }).real;

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code });
}

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  before.link = () => {};
  before.makeFolder = () => {};
  await removePlace(path);
});

describe("on a file system without hard links", () => {
  beforeEach(() => {
    before.link = () => {
      throw systemError("EPERM");
    };
  });

  it("a database is made privately, and nothing else is left in its folder", async () => {
    const store = await openSqliteSessionStore({ path });
    await store.create({ id: "a" });
    await store.close();
    expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("a database that is there already stays as it is", () => {
    makePrivateFolder(dirname(path));
    writeFileSync(path, "theirs");
    createDatabaseFile(path);
    expect(readFileSync(path, "utf8")).toBe("theirs");
    expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
  });

  it("a backup is complete under its name, and alone", async () => {
    const store = await openSqliteSessionStore({ path: ":memory:" });
    await store.create({ id: "a", messages: [{ role: "user", content: "hello" }] });
    await store.backup(path);
    await store.close();
    expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
    const copy = await openSqliteSessionStore({ path, readOnly: true });
    expect((await copy.load("a")).messages).toEqual([{ role: "user", content: "hello" }]);
    await copy.close();
  });

  it("a backup leaves what takes its name meanwhile as it is", async () => {
    await expectTargetIsKept();
  });
});

it("a backup leaves what takes its name meanwhile as it is, where there are hard links too", async () => {
  await expectTargetIsKept();
});

/** A copy is under way when somebody else writes a file of its name. */
async function expectTargetIsKept(): Promise<void> {
  const database = new Database(":memory:");
  const source = Object.create(database) as SqlDatabase;
  source.backup = async () => writeFileSync(path, "theirs");
  expect(await codeOf(backUpDatabase(source, path, "shared"))).toBe("INVALID_OPTIONS");
  expect(readFileSync(path, "utf8")).toBe("theirs");
  expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
  database.close();
}

it("a database that another process makes first stays as it is", () => {
  before.link = () => writeFileSync(path, "theirs");
  createDatabaseFile(path);
  expect(readFileSync(path, "utf8")).toBe("theirs");
  expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
});

it("a private file that is taken is not made, and one without a folder is the system's error", () => {
  expect(() => tryCreatePrivateFile(path)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  makePrivateFolder(dirname(path));
  expect(tryCreatePrivateFile(path)).toBe(true);
  writeFileSync(path, "kept");
  expect(tryCreatePrivateFile(path)).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("kept");
});

it("a folder that another process makes at the same moment keeps the mode that it gave it", () => {
  before.makeFolder = (folder) => {
    if (!existsSync(folder)) makeFolderAsAnotherProcess(folder, 0o750);
  };
  makePrivateFolder(join(dirname(path), "inner"));
  expect(readdirSync(dirname(path))).toEqual(["inner"]);
  if (process.platform !== "win32") expect(statSync(dirname(path)).mode & 0o777).toBe(0o750);
});

it("a folder that cannot be made is the system's error", () => {
  before.makeFolder = () => {
    throw systemError("EROFS");
  };
  expect(() => makePrivateFolder(dirname(path))).toThrow(expect.objectContaining({ code: "EROFS" }));
});

it("a folder is synchronized everywhere but on Windows, which does not allow it", () => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform");
  const missing = dirname(path);
  try {
    Object.defineProperty(process, "platform", { ...platform, value: "linux" });
    expect(() => syncFolder(missing)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    Object.defineProperty(process, "platform", { ...platform, value: "win32" });
    expect(() => syncFolder(missing)).not.toThrow();
  } finally {
    Object.defineProperty(process, "platform", { ...platform });
  }
});

describe("the file of a lock", () => {
  const lock = (): string => join(`${path}-locks`, "a.lock");

  it("is made with its folders, excludes others, and is gone with them when it is released", () => {
    const held = HeldFile.tryHold(lock());
    expect(HeldFile.tryHold(lock())).toBeNull();
    expect(HeldFile.isHeld(lock())).toBe(true);
    held?.release();
    expect(readdirSync(dirname(path))).toEqual([]);
    expect(HeldFile.isHeld(lock())).toBe(false);
  });

  it("stays the next holder's when the one before releases twice", () => {
    const first = HeldFile.tryHold(lock());
    first?.release();
    const second = HeldFile.tryHold(lock());
    first?.release();
    expect(HeldFile.isHeld(lock())).toBe(true);
    second?.release();
  });

  it("is released although its name is gone already", () => {
    const held = HeldFile.tryHold(lock());
    rmSync(lock());
    held?.release();
    expect(HeldFile.isHeld(lock())).toBe(false);
    expect(existsSync(`${path}-locks`)).toBe(false);
  });

  it("is made in a folder that another process makes at the same moment", () => {
    before.makeFolder = (folder) => {
      if (folder === dirname(lock()) && existsSync(dirname(folder)))
        makeFolderAsAnotherProcess(folder, 0o700);
    };
    const held = HeldFile.tryHold(lock());
    expect(held).not.toBeNull();
    held?.release();
  });

  it("is the system's error where its folder cannot be made", () => {
    before.makeFolder = () => {
      throw systemError("EACCES");
    };
    expect(() => HeldFile.tryHold(lock())).toThrow(expect.objectContaining({ code: "EACCES" }));
  });

  it("is an error where a file stands in the place of its folder", () => {
    makePrivateFolder(dirname(path));
    writeFileSync(`${path}-locks`, "no folder");
    expect(() => HeldFile.tryHold(lock())).toThrow();
    expect(readFileSync(`${path}-locks`, "utf8")).toBe("no folder");
  });
});
