import pg from "pg";
import { type TestServer, useTestServer } from "postgres-test-server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkEquality } from "../src/check-equality.js";
import { compareBackends } from "../src/compare.js";
import { readRegressions } from "../src/regressions.js";
import { type Opening, openings, postgresOpening } from "../src/stores.js";

let server: TestServer;
let pool: pg.Pool;

beforeAll(async () => {
  server = await useTestServer();
  pool = new pg.Pool({ connectionString: server.url });
});

afterAll(async () => {
  await pool.end();
  await server.close();
});

/** The reference and PostgreSQL; the others are compared elsewhere. */
function stores(folder: string): readonly Opening[] {
  return [openings(folder)[0], postgresOpening(pool, folder)];
}

it("memory and postgres give the same answers to random commands", async () => {
  const seed = Date.now() % 1_000_000_000;
  const inequality = await checkEquality({ seed, sequences: 40, interruptAfterMs: 7000, stores });
  expect(inequality?.message ?? null, JSON.stringify(inequality?.commands)).toBeNull();
}, 120_000);

it("postgres answers what another backend once answered wrong", async () => {
  for (const { commands } of readRegressions()) await compareBackends(commands, stores);
});
