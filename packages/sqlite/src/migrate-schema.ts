import { StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import { MigrationBackup } from "./migration-backup.js";
import {
  APPLICATION_ID,
  RENEW_SEARCH_V2,
  SCHEMA_MAJOR,
  SCHEMA_MINOR,
  SCHEMA_V1,
  SCHEMA_V2,
  SEARCH_V1,
  STORE_TABLE,
  TRIGRAMS_V2,
  toUserVersion,
} from "./schema.js";
import { pragma, type SqlConnection } from "./sql-connection.js";

/** What is known of a database that holds our tables. */
export interface PresentSchema {
  /** Major × 1000 + minor. */
  readonly version: number;
  readonly hasSearch: boolean;
}

export interface SchemaOptions {
  readonly location: string;
  /** The file is ours alone: it carries our mark and version, and nothing else may be in it. */
  readonly ownsFile: boolean;
  /** Whether a new store gets a search index. */
  readonly search: boolean;
}

/** A step forward. Each runs within one immediate transaction; its number never changes once released. */
export interface Migration {
  /** Major × 1000 + minor. */
  readonly version: number;
  /** Whether it drops or rewrites what it found: the database is then copied to `<file>.before-<version>` first. */
  readonly isDestructive: boolean;
  readonly up: (sql: SqlConnection, options: SchemaOptions) => void;
}

const MIGRATIONS: readonly Migration[] = [
  {
    version: toUserVersion(1, 0),
    isDestructive: false,
    up: ({ database }, { search }) => {
      database.exec(SCHEMA_V1);
      if (search) database.exec(SEARCH_V1);
      database.exec(`INSERT INTO ${STORE_TABLE} VALUES (1, 1, 0, ${search ? 1 : 0}, 1)`);
    },
  },
  {
    version: toUserVersion(2, 0),
    isDestructive: false,
    up: (sql) => {
      sql.database.exec(SCHEMA_V2);
      if (sql.value(`SELECT has_search FROM ${STORE_TABLE}`) !== 1) return;
      sql.database.exec(TRIGRAMS_V2);
      sql.database.exec(RENEW_SEARCH_V2);
    },
  },
];
/** How often the database is copied for one migration while others write to it: each copy takes as long as the disk does. */
const MAX_TRIES = 3;
const NEWEST = toUserVersion(SCHEMA_MAJOR, SCHEMA_MINOR);

/**
 * Looks at what the database holds; null when our tables are not there yet. Reads only.
 *
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when it is another program's, or of a newer major version
 */
export function inspectSchema(
  sql: SqlConnection,
  { location, ownsFile }: SchemaOptions,
): PresentSchema | null {
  return sql.snapshot(() => {
    const isOurs =
      sql.row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", STORE_TABLE) !== undefined;
    const applicationId = ownsFile ? Number(pragma(sql.database, "application_id")) : 0;
    const userVersion = ownsFile ? Number(pragma(sql.database, "user_version")) : 0;
    // A marked file says its version there too; a newer major may have renamed the table.
    if (applicationId === APPLICATION_ID) refuseNewer(userVersion, location);
    if (isOurs) return readVersion(sql, location);
    if (!ownsFile) return null;
    const isEmpty = sql.row("SELECT 1 FROM sqlite_schema") === undefined;
    if (isEmpty && applicationId === 0 && userVersion === 0) return null;
    throw new StoreIncompatibleError(
      `${location} is not a session store: it is another program's SQLite database. It was left untouched; choose another path.`,
      { location, details: { applicationId, userVersion } },
    );
  });
}

/**
 * Brings the database to this version. Safe while other processes do the same; throws the driver's error when it is busy.
 *
 * @param migrations in order of version; given by tests alone
 */
export function migrateSchema(
  sql: SqlConnection,
  options: SchemaOptions,
  migrations: readonly Migration[] = MIGRATIONS,
): PresentSchema {
  for (const run of runsOf(migrations)) {
    for (let tries = 0; run.some((migration) => isDue(sql, options, migration)); tries++) {
      if (tries === MAX_TRIES) throw neverAlone(options, run);
      migrate(sql, options, run);
    }
  }
  const present = inspectSchema(sql, options);
  if (present === null) throw new Error("The tables that were just made are not there.");
  return present;
}

/** What one transaction does: a step that is destructive begins a new one, because the database is copied before. */
function runsOf(migrations: readonly Migration[]): readonly (readonly Migration[])[] {
  const runs: Migration[][] = [];
  for (const migration of migrations) {
    const run = runs.at(-1);
    if (run === undefined || migration.isDestructive) runs.push([migration]);
    else run.push(migration);
  }
  return runs;
}

function isDue(sql: SqlConnection, options: SchemaOptions, { version }: Migration): boolean {
  return (inspectSchema(sql, options)?.version ?? 0) < version;
}

function neverAlone({ location }: SchemaOptions, [migration]: readonly Migration[]): StoreIoError {
  return new StoreIoError(
    `${location} must be copied before it is brought to format ${formatOf(migration?.version ?? NEWEST)}, and others wrote to it during each of ${MAX_TRIES} copies. End the programs that use it, and open it again; nothing was changed.`,
    { location },
  );
}

/** A run of steps, but for those that another process was quicker with; nothing when somebody wrote while the database was copied. */
function migrate(sql: SqlConnection, options: SchemaOptions, run: readonly Migration[]): void {
  const next = run.find((migration) => isDue(sql, options, migration));
  const backup = next?.isDestructive === true ? MigrationBackup.make(sql) : null;
  try {
    sql.run("BEGIN IMMEDIATE");
    const due = (backup?.isCurrent(sql) ?? true) ? run.filter((step) => isDue(sql, options, step)) : [];
    for (const { version, up, isDestructive } of due) {
      if (isDestructive) backup?.keep(sql, formatOf(version));
      up(sql, options);
      if (options.ownsFile) {
        sql.database.pragma(`application_id = ${APPLICATION_ID}`);
        sql.database.pragma(`user_version = ${version}`);
      }
    }
    sql.run("COMMIT");
  } finally {
    if (sql.database.inTransaction) sql.run("ROLLBACK");
    backup?.discard();
  }
}

/** `1.0` for 1000. */
function formatOf(version: number): string {
  return `${Math.floor(version / 1000)}.${version % 1000}`;
}

/** @throws {StoreIncompatibleError} STORE_INCOMPATIBLE */
export function refuseNewer(version: number, location: string): void {
  const major = Math.floor(version / 1000);
  if (major <= SCHEMA_MAJOR) return;
  throw new StoreIncompatibleError(
    `${location} was written by a newer version of agent-sessions (format ${formatOf(version)}; this one knows ${SCHEMA_MAJOR}.x). It was left untouched; update @agent-sessions/sqlite.`,
    { location, details: { formatVersion: formatOf(version) } },
  );
}

function readVersion(sql: SqlConnection, location: string): PresentSchema {
  const [major, minor, hasSearch] = sql.cells(`SELECT major, minor, has_search FROM ${STORE_TABLE}`);
  if (typeof major !== "number" || typeof minor !== "number") {
    throw new StoreIncompatibleError(
      `${location} is not a session store: its version is missing. It was left untouched; restore a backup or choose another path.`,
      { location },
    );
  }
  const version = toUserVersion(major, minor);
  refuseNewer(version, location);
  return { version, hasSearch: hasSearch === 1 };
}

/** Whether migrations are due before the first write. */
export function isOutdated(present: PresentSchema): boolean {
  return present.version < NEWEST;
}
