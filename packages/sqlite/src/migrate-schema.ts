import { StoreIncompatibleError } from "@agent-sessions/core";
import {
  APPLICATION_ID,
  SCHEMA_MAJOR,
  SCHEMA_MINOR,
  SCHEMA_V1,
  SEARCH_V1,
  STORE_TABLE,
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

/** A step forward. Each runs in one immediate transaction; its number never changes once released. */
interface Migration {
  readonly version: number;
  readonly up: (sql: SqlConnection, options: SchemaOptions) => void;
}

const MIGRATIONS: readonly Migration[] = [
  {
    version: toUserVersion(1, 0),
    up: ({ database }, { search }) => {
      database.exec(SCHEMA_V1);
      if (search) database.exec(SEARCH_V1);
      database.exec(`INSERT INTO ${STORE_TABLE} VALUES (1, 1, 0, ${search ? 1 : 0}, 1)`);
    },
  },
];
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

/** Brings the database to this version. Safe while other processes do the same; throws the driver's error when it is busy. */
export function migrateSchema(sql: SqlConnection, options: SchemaOptions): PresentSchema {
  for (const { version, up } of MIGRATIONS) {
    if ((inspectSchema(sql, options)?.version ?? 0) >= version) continue;
    sql.run("BEGIN IMMEDIATE");
    try {
      // Another process may have been quicker.
      if ((inspectSchema(sql, options)?.version ?? 0) < version) {
        up(sql, options);
        if (options.ownsFile) {
          sql.database.pragma(`application_id = ${APPLICATION_ID}`);
          sql.database.pragma(`user_version = ${version}`);
        }
      }
      sql.run("COMMIT");
    } finally {
      if (sql.database.inTransaction) sql.run("ROLLBACK");
    }
  }
  const present = inspectSchema(sql, options);
  if (present === null) throw new Error("The tables that were just made are not there.");
  return present;
}

/** @throws {StoreIncompatibleError} STORE_INCOMPATIBLE */
export function refuseNewer(version: number, location: string): void {
  const major = Math.floor(version / 1000);
  if (major <= SCHEMA_MAJOR) return;
  throw new StoreIncompatibleError(
    `${location} was written by a newer version of agent-sessions (format ${major}.${version % 1000}; this one knows ${SCHEMA_MAJOR}.x). It was left untouched; update @agent-sessions/sqlite.`,
    { location, details: { formatVersion: `${major}.${version % 1000}` } },
  );
}

function readVersion(sql: SqlConnection, location: string): PresentSchema {
  const [major, minor, hasSearch] = sql.row(`SELECT major, minor, has_search FROM ${STORE_TABLE}`) ?? [];
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
