import { randomUUID } from "node:crypto";
import pg from "pg";
import type { TestProject } from "vitest/node";
// By its path: as a dependency, the demo would have to install it to build the command line program.
import { useTestServer } from "../../../apps/postgres-test-server/dist/index.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The server's address, with the credentials of a superuser. */
    readonly postgresUrl: string;
    /** What the names of all schemas of this run begin with. */
    readonly schemaPrefix: string;
  }
}

/** One server for all test files, each of which has schemas of its own. Fails the run where none can be started. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await useTestServer();
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query("CREATE EXTENSION IF NOT EXISTS pg_trgm");
  await client.end();
  project.provide("postgresUrl", server.url);
  const schemaPrefix = `test "${randomUUID().slice(0, 8)} `;
  project.provide("schemaPrefix", schemaPrefix);
  return async () => {
    // A server of our own is thrown away with all that is in it.
    if (server.control === null) await dropSchemas(server.url, schemaPrefix);
    await server.close();
  };
}

async function dropSchemas(url: string, prefix: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query("SET client_min_messages = warning");
  const found = await client.query("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1)", [
    prefix,
  ]);
  // One by one: together they would need more locks than a server has.
  for (const { nspname } of found.rows) {
    await client.query(`DROP SCHEMA ${client.escapeIdentifier(String(nspname))} CASCADE`);
  }
  await client.end();
}
