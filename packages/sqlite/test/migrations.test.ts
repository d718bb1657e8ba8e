import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { build } from "tsup";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { type Migration, migrateSchema } from "../src/migrate-schema.js";
import { SqlConnection } from "../src/sql-connection.js";
import type { SqlDatabase } from "../src/sql-database.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

const OPTIONS = { location: "here", ownsFile: true, search: true };
const fixture = fileURLToPath(new URL("./fixtures/v1/sessions.db", import.meta.url));

let path: string;
let databases: Database.Database[];

beforeEach(async () => {
  path = await makePlace();
  mkdirSync(dirname(path));
  copyFileSync(fixture, path);
  databases = [];
});

afterEach(async () => {
  for (const database of databases) database.close();
  await removePlace(path);
});

function connect(): SqlConnection {
  const database = new Database(path, { timeout: 0 });
  databases.push(database);
  return new SqlConnection(database as unknown as SqlDatabase);
}

/** Forgets every title: what such a step must not do without a copy. */
function destructive(up: (sql: SqlConnection) => void = () => undefined): Migration {
  return {
    version: 1900,
    isDestructive: true,
    up: (sql) => {
      sql.database.exec(`UPDATE agent_sessions_sessions SET title = '', title_folded = '';
        UPDATE agent_sessions_store SET minor = 900`);
      up(sql);
    },
  };
}

function backups(): string[] {
  return readdirSync(dirname(path)).filter((name) => name !== "sessions.db" && !/-(wal|shm)$/.test(name));
}

const titles = (file: string): unknown =>
  meddle(file, (database) =>
    database.prepare("SELECT count(*) FROM agent_sessions_sessions WHERE title <> ''").pluck().get(),
  );

it("a destructive migration copies the database first, privately, and runs once", async () => {
  const before = titles(path);
  expect(before).toBeGreaterThan(3);
  expect(migrateSchema(connect(), OPTIONS, [destructive()]).version).toBe(1900);
  expect(titles(path)).toBe(0);
  expect(backups()).toEqual(["sessions.db.before-1.900"]);
  const [backup] = backups().map((name) => `${dirname(path)}/${name}`);
  expect(statSync(backup ?? "").mode & 0o777).toBe(0o600);
  expect(titles(backup ?? "")).toBe(before);
  const copy = await openSqliteSessionStore({ path: backup ?? "" });
  const findings = [];
  for await (const found of copy.verify()) findings.push(found);
  expect(findings).toEqual([]);
  await copy.close();
  const modified = statSync(backup ?? "").mtimeMs;
  migrateSchema(connect(), OPTIONS, [destructive()]);
  expect(statSync(backup ?? "").mtimeMs).toBe(modified);
});

it("a migration that fails changes nothing, and leaves its copy for whoever looks into it", () => {
  const before = titles(path);
  const failing = destructive(() => {
    throw new RangeError("planted");
  });
  expect(() => migrateSchema(connect(), OPTIONS, [failing])).toThrow(RangeError);
  expect(titles(path)).toBe(before);
  expect(meddle(path, (database) => database.pragma("user_version", { simple: true }))).toBe(1000);
  expect(backups()).toEqual(["sessions.db.before-1.900"]);
});

it("what others write while the database is copied is in the copy that is kept", () => {
  const [sql, other] = [connect(), connect()];
  let copies = 0;
  const prepare = sql.database.prepare.bind(sql.database);
  // Somebody writes right after the first copy, before the migration's transaction begins.
  sql.database.prepare = ((source: string) => {
    if (source.startsWith("BEGIN") && copies++ === 0) {
      other.run("UPDATE agent_sessions_sessions SET title = 'written meanwhile' WHERE id = 'empty'");
    }
    return prepare(source);
  }) as typeof prepare;
  migrateSchema(sql, OPTIONS, [destructive()]);
  const kept = "SELECT title FROM agent_sessions_sessions WHERE id = 'empty'";
  const copied = meddle(`${path}.before-1.900`, (database) => database.prepare(kept).pluck().get());
  expect(copied).toBe("written meanwhile");
  expect(backups()).toEqual(["sessions.db.before-1.900"]);
});

// While somebody wrote without a pause, the database was copied again and again, for ever.
it("a destructive migration during which others never stop writing gives up with nothing changed", () => {
  const [sql, other] = [connect(), connect()];
  const before = titles(path);
  let copies = 0;
  const prepare = sql.database.prepare.bind(sql.database);
  sql.database.prepare = ((source: string) => {
    const statement = prepare(source);
    if (!source.startsWith("VACUUM")) return statement;
    return {
      run: (file: string) => {
        statement.run(file);
        other.run("UPDATE agent_sessions_sessions SET revision = revision + 1");
        copies++;
      },
    };
  }) as typeof prepare;
  expect(() => migrateSchema(sql, OPTIONS, [destructive()])).toThrow(
    expect.objectContaining({ code: "STORE_IO", location: OPTIONS.location }),
  );
  expect(copies).toBe(3);
  expect(titles(path)).toBe(before);
  expect(backups()).toEqual([]);
});

it("of several processes that run a destructive migration at once, one does, and the copy is from before it", async () => {
  const outDir = join(dirname(dirname(path)), "built");
  const child = fileURLToPath(new URL("./migration-child.ts", import.meta.url));
  await build({
    entry: { child },
    outDir,
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    config: false,
    silent: true,
    noExternal: [/^@agent-sessions/],
  });
  const before = titles(path);
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const racers: ChildProcess[] = [];
  try {
    for (let n = 0; n < 4; n++) racers.push(fork(join(outDir, "child.mjs"), [path, driver]));
    await Promise.all(racers.map((racer) => once(racer, "message")));
    const ends = racers.map((racer) => once(racer, "message"));
    for (const racer of racers) racer.send("go");
    expect((await Promise.all(ends)).map(([version]) => version)).toEqual([1900, 1900, 1900, 1900]);
  } finally {
    for (const racer of racers) racer.kill("SIGKILL");
  }
  const runs = "SELECT count(*) FROM agent_sessions_set_aside WHERE reason = 'ran'";
  expect(meddle(path, (database) => database.prepare(runs).pluck().get())).toBe(1);
  expect(titles(path)).toBe(0);
  expect(backups()).toEqual(["sessions.db.before-1.900"]);
  expect(titles(`${path}.before-1.900`)).toBe(before);
});
