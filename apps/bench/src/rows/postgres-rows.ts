import type { SessionStore } from "@agent-sessions/core";
import { openPostgresSessionStore } from "@agent-sessions/postgres";
import pg from "pg";
import { startTestServer } from "postgres-test-server";
import { COMMON_WORD, MessageGenerator, RARE_WORD } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { type BudgetRow, type RowContext, type Sides, scaled } from "../row.js";

/** Writers at once, each with a store and a connection of its own, as on as many hosts. */
const WRITERS = 16;

const COMMON = { unit: "ms", tolerance: 0.15, warmUp: 20 } as const;

export const postgresRows: readonly BudgetRow[] = [
  {
    ...COMMON,
    id: "postgres/append",
    title: "durable append, postgres, one round trip",
    ours: "append() of one message to a session that is known",
    limit:
      "pg: the same rows by one prepared statement; no check of version, lock or operation, no head in answer",
    budget: 1.6,
    turns: 300,
    prepare: async () => await prepareAppends(1, 1),
  },
  {
    ...COMMON,
    id: "postgres/writers-one-session",
    title: `${WRITERS} writers on one session, postgres`,
    ours: `append() by each of ${WRITERS} stores at once, together`,
    limit: "pg: the same rows by as many connections, which decide nothing and only wait for the row",
    budget: 6,
    turns: 20,
    prepare: async () => await prepareAppends(WRITERS, 1),
  },
  {
    ...COMMON,
    id: "postgres/writers-many-sessions",
    title: `${WRITERS} writers on as many sessions, postgres`,
    ours: `append() by each of ${WRITERS} stores at once, together`,
    limit: "pg: the same rows by as many connections, which decide nothing",
    budget: 1.8,
    turns: 40,
    prepare: async () => await prepareAppends(WRITERS, WRITERS),
  },
  {
    ...COMMON,
    id: "postgres/list-newest",
    title: "newest 50 of 100,000 sessions, postgres",
    ours: "list({ limit: 50 }) of an open store",
    limit: "pg: the same columns of as many rows, ordered and limited; damaged sessions not looked for",
    budget: 2.5,
    turns: 60,
    prepare: prepareList,
  },
  {
    ...COMMON,
    id: "postgres/search-rare",
    title: "first 20 hits of a rare word in 10,000 sessions x 20 messages, postgres",
    ours: "search() until its 20th hit",
    limit: null,
    budget: 60,
    turns: 20,
    prepare: async (context) => await prepareSearch(context, RARE_WORD),
  },
  {
    ...COMMON,
    id: "postgres/search-common",
    title: "first 20 hits of a common word in 10,000 sessions x 20 messages, postgres",
    ours: "search() until its 20th hit",
    limit: null,
    // The index is asked for a rare word first, and given up after 250 ms.
    budget: 400,
    turns: 20,
    prepare: async (context) => await prepareSearch(context, COMMON_WORD),
  },
];

/** A server whose commits wait for the disk, with a store on it and a connection beside. */
async function startServer(): Promise<{
  readonly url: string;
  readonly store: SessionStore;
  readonly client: pg.Client;
  readonly close: () => Promise<void>;
}> {
  const server = await startTestServer({ flushes: true });
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query("CREATE EXTENSION pg_trgm");
  const store = await openPostgresSessionStore({ connectionString: server.url, statementTimeoutMs: 0 });
  const close = async (): Promise<void> => {
    await store.close();
    await client.end();
    await server.close();
  };
  return { url: server.url, store, client, close };
}

async function prepareAppends(writers: number, sessions: number): Promise<Sides> {
  const { url, store, close } = await startServer();
  const idOf = (side: string, writer: number): string => `${side} ${writer % sessions}`;
  for (let session = 0; session < sessions; session++) {
    for (const side of ["ours", "limit"]) await store.create({ id: idOf(side, session) });
  }
  const message = new MessageGenerator().message();
  const stores: SessionStore[] = [];
  const clients: pg.Client[] = [];
  for (let writer = 0; writer < writers; writer++) {
    stores.push(await openPostgresSessionStore({ connectionString: url, poolSize: 1 }));
    const client = new pg.Client(url);
    await client.connect();
    clients.push(client);
  }
  const json = JSON.stringify(message);
  return {
    ours: () =>
      timed(() => Promise.all(stores.map((one, writer) => one.append(idOf("ours", writer), message)))),
    limit: () =>
      timed(() => Promise.all(clients.map((one, writer) => appendByHand(one, idOf("limit", writer), json)))),
    close: async () => {
      for (const one of stores) await one.close();
      for (const one of clients) await one.end();
      await close();
    },
  };
}

/** What anybody who writes to the tables by hand would do. */
async function appendByHand(client: pg.Client, id: string, message: string): Promise<void> {
  await client.query({
    name: "append",
    text: `WITH moved AS (
        UPDATE agent_sessions.sessions SET revision = revision + 1, message_count = message_count + 1, updated_at = $3
        WHERE namespace = '' AND id = $1 RETURNING transcript, message_count)
      INSERT INTO agent_sessions.entries (namespace, transcript, seq, at, message)
      SELECT '', transcript, message_count, $3, $2 FROM moved`,
    values: [id, message, Date.now()],
  });
}

async function prepareList({ scale }: RowContext): Promise<Sides> {
  const { store, client, close } = await startServer();
  await store.create({ id: "first", title: "A title of four words" });
  await client.query(
    `INSERT INTO agent_sessions.sessions SELECT (s).* FROM (
      SELECT json_populate_record(s, json_build_object('id', 'session ' || n, 'transcript', n + 100,
        'updated_at', s.updated_at - n * 1000)) AS s
      FROM agent_sessions.sessions s, generate_series(1, $1::bigint) n) made`,
    [scaled(100_000, scale)],
  );
  await client.query("VACUUM (ANALYZE) agent_sessions.sessions");
  const select = `SELECT namespace, id, title, preview, labels, metadata, pinned, archived, parent_id, usage, message_count,
      revision, created_at, updated_at
    FROM agent_sessions.sessions WHERE namespace = '' ORDER BY updated_at DESC, id LIMIT 50`;
  return {
    ours: () => timed(() => store.list({ limit: 50 })),
    limit: () => timed(() => client.query(select)),
    close,
  };
}

async function prepareSearch({ scale }: RowContext, word: string): Promise<Sides> {
  const { store, client, close } = await startServer();
  const generator = new MessageGenerator();
  const sessions = scaled(10_000, scale);
  for (let session = 0; session < sessions; session++) {
    const messages = generator.messages(20);
    if (session % 1000 === 0) messages[10] = { role: "user", content: `the ${RARE_WORD} of it` };
    await store.create({ messages });
  }
  await client.query("VACUUM (ANALYZE)");
  const search = async (): Promise<void> => {
    for await (const _ of store.search(word, { limit: 20 }));
  };
  return { ours: () => timed(search), limit: null, close };
}
