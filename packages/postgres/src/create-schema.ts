import { StoreIncompatibleError } from "@agent-sessions/core";
import { advisoryKey } from "./advisory-key.js";
import type { Connections } from "./connections.js";
import { type PooledClient, readRows, type SqlRow } from "./postgres-driver.js";
import { anotherMajor, sqlState } from "./postgres-error.js";
import { schemaV1, searchIndex } from "./schema.js";
import { SCHEMA_MAJOR, STORE_TABLE } from "./schema-version.js";
import { quoteName } from "./sql-text.js";

export interface SchemaPlace {
  /** The schema's name, as it is. */
  readonly name: string;
  readonly location: string;
  /** Whether a new store gets a search index, where `pg_trgm` is there. */
  readonly search: boolean;
}

/** What is known of a schema that holds our tables. */
export interface PresentSchema {
  readonly major: number;
  readonly minor: number;
}

/** How many tables of whomever the schema holds, and whether ours is among them. */
const LOOK = `
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
  (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')),
  (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = $2),
  (SELECT x.nspname FROM pg_extension e JOIN pg_namespace x ON x.oid = e.extnamespace WHERE e.extname = 'pg_trgm')
FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = $1`;

/** JSON_TABLE, IS JSON and the like are done without; what is not there before 14 is not tested for. */
const OLDEST_SERVER = 140_000;

/**
 * Looks at what the schema holds; null when our tables are not there yet. Reads only.
 *
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when it is another program's, or of a newer major version
 */
export async function inspectSchema(
  connections: Connections,
  place: SchemaPlace,
): Promise<PresentSchema | null> {
  return await connections.lend((client) => inspect(client, place));
}

/** Makes the tables in one transaction, after whoever else is doing so. */
export async function createSchema(connections: Connections, place: SchemaPlace): Promise<void> {
  const schema = quoteName(place.name);
  await connections.transaction(async (client) => {
    await readRows(client, `BEGIN; SELECT pg_advisory_xact_lock(${advisoryKey("create", place.name)})`);
    if ((await inspect(client, place)) !== null) return;
    const [version, , , , trigramSchema] = await look(client, place);
    // Asked first: the right to create schemas is not needed where somebody has made an empty one.
    await readRows(
      client,
      `DO $body$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${client.escapeLiteral(place.name)}) THEN
          CREATE SCHEMA ${schema};
        END IF;
      END $body$`,
    );
    const index = place.search && typeof trigramSchema === "string" ? searchIndex(schema, trigramSchema) : "";
    await readRows(client, `${schemaV1(schema, Number(version))}${index}`);
  });
}

async function inspect(client: PooledClient, place: SchemaPlace): Promise<PresentSchema | null> {
  const { name, location } = place;
  const [version, encoding, tables, ours] = await look(client, place);
  if (Number(version) < OLDEST_SERVER || encoding !== "UTF8") {
    throw new StoreIncompatibleError(
      `${location} is on a PostgreSQL ${Number(version) / 10_000} server with encoding ${encoding}. Version 14 or later and UTF8 are needed.`,
      { location },
    );
  }
  if (Number(ours) === 0) {
    if (Number(tables) === 0) return null;
    throw new StoreIncompatibleError(
      `${location} is not a session store: the schema ${JSON.stringify(name)} holds another program's tables. It was left untouched; choose another schema.`,
      { location },
    );
  }
  const [found] = await readVersion(client, place);
  const [major, minor] = found ?? [];
  if (typeof major !== "number" || typeof minor !== "number") {
    throw new StoreIncompatibleError(
      `${location} is not a session store: its version is missing. It was left untouched; restore a backup or choose another schema.`,
      { location },
    );
  }
  if (major > SCHEMA_MAJOR) throw anotherMajor(location, `${major}.${minor}`);
  return { major, minor };
}

async function look(client: PooledClient, place: SchemaPlace): Promise<SqlRow> {
  const [row = []] = await readRows(client, LOOK, [place.name, STORE_TABLE]);
  return row;
}

async function readVersion(
  client: PooledClient,
  { name, location }: SchemaPlace,
): Promise<readonly SqlRow[]> {
  try {
    return await readRows(client, `SELECT major, minor FROM ${quoteName(name)}.${STORE_TABLE}`, []);
  } catch (error) {
    // A table of that name without these columns is somebody else's.
    if (sqlState(error) !== "42703") throw error;
    throw new StoreIncompatibleError(
      `${location} is not a session store: its table ${STORE_TABLE} is another program's. It was left untouched; choose another schema.`,
      { location, cause: error },
    );
  }
}
