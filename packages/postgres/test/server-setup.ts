import pg from "pg";
import type { TestProject } from "vitest/node";
// By its path: as a dependency, the demo would have to install it to build the command line program.
import { useTestServer } from "../../../apps/postgres-test-server/dist/index.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The server's address, with the credentials of a superuser. */
    readonly postgresUrl: string;
    /** It is thrown away after the run. */
    readonly isOwnServer: boolean;
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
  project.provide("isOwnServer", server.control !== null);
  return () => server.close();
}
