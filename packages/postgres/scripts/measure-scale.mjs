/**
 * `node packages/postgres/scripts/measure-scale.mjs [messages]`: loads so many messages (1,000,000 unless told otherwise) into a server of its own and
 * prints what they take up. Everything must be built. The figures of docs/postgres-scale.md come from here.
 */
import { createRequire } from "node:module";
import { startTestServer } from "../../../apps/postgres-test-server/dist/index.js";
import { openPostgresSessionStore } from "../dist/index.js";

const pg = createRequire(import.meta.url)("pg");
const MESSAGES = Number(process.argv[2] ?? 1_000_000);
const MESSAGES_EACH = 100;
const TENANTS = 20;
const WRITERS = 4;
const WORDS =
  "the session server answers with an error when a token has expired and nobody renews it before next call".split(
    " ",
  );

const server = await startTestServer();
const client = new pg.Client(server.url);
await client.connect();
await client.query("CREATE EXTENSION pg_trgm");
const store = await openPostgresSessionStore({
  connectionString: server.url,
  poolSize: WRITERS,
  statementTimeoutMs: 0,
});
await load();
await client.query("VACUUM (ANALYZE)");
await printSizes();
await printTimes();
await store.close();
await client.end();
await server.close();

async function load() {
  const startedAt = performance.now();
  const sessions = Math.ceil(MESSAGES / MESSAGES_EACH);
  let next = 0;
  const write = async () => {
    for (let session = next++; session < sessions; session = next++) {
      const view = store.inNamespace(`tenant-${String(session % TENANTS).padStart(4, "0")}`);
      const messages = Array.from({ length: MESSAGES_EACH }, (_, index) => messageOf(session, index));
      await view.create({
        id: `session-${session}`,
        title: `Session ${session}`,
        labels: [`label-${session % 7}`],
        messages,
      });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  const seconds = (performance.now() - startedAt) / 1000;
  print(
    `${sessions * MESSAGES_EACH} messages in ${sessions} sessions of ${TENANTS} tenants, loaded in ${seconds.toFixed(0)} s`,
  );
}

/** About 560 bytes of JSON on average: two short ones of the user for each long one of the model. */
function messageOf(session, index) {
  const isUser = index % 3 !== 2;
  const length = isUser ? 30 : 180;
  const words = Array.from(
    { length },
    (_, at) => WORDS[(session * 31 + index * 17 + at * 7 + (at % 5) * index) % WORDS.length],
  );
  words[0] = `w${(session * 7919 + index * 104729) % 1_000_003}`;
  return { role: isUser ? "user" : "assistant", content: words.join(" ") };
}

async function printSizes() {
  const { rows } = await client.query(`
    SELECT c.relname AS name, c.relkind AS kind, pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS bytes,
      greatest(c.reltuples, 0)::bigint AS rows
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'agent_sessions' AND c.relkind IN ('r', 'i') AND pg_relation_size(c.oid) > 65536 ORDER BY bytes DESC`);
  for (const { name, kind, bytes, rows: count } of rows) {
    print(
      `${kind === "i" ? "index" : "table"} ${name.padEnd(24)} ${(bytes / 2 ** 20).toFixed(1).padStart(8)} MiB, ${(bytes / Math.max(1, count)).toFixed(0)} bytes a row`,
    );
  }
  const {
    rows: [all],
  } = await client.query(`
    SELECT sum(pg_total_relation_size(c.oid)) AS bytes, (SELECT sum(octet_length(message)) FROM agent_sessions.entries) AS json
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'agent_sessions' AND c.relkind = 'r'`);
  print(
    `all: ${(all.bytes / 2 ** 20).toFixed(0)} MiB, of which the JSON of messages is ${(all.json / 2 ** 20).toFixed(0)} MiB`,
  );
}

async function printTimes() {
  const view = store.inNamespace("tenant-0007");
  const [{ id }] = (await view.list({ limit: 1 })).sessions;
  await time("newest 50 of a tenant", 50, () => view.list({ limit: 50 }));
  await time("head", 200, () => view.head(id));
  await time("load of 100 messages", 100, () => view.load(id));
  await time("append of one message", 300, () => view.append(id, messageOf(1, 2)));
  await time("first 20 hits of a rare word", 10, () => firstHits(view, "w500"));
  await time("first 20 hits of a common word", 10, () => firstHits(view, "server"));
  const before = await walBytes();
  for (let n = 0; n < 200; n++) await view.append(id, messageOf(2, 2));
  print(`write-ahead log of an append: ${(((await walBytes()) - before) / 200).toFixed(0)} bytes`);
}

async function walBytes() {
  const {
    rows: [row],
  } = await client.query("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes");
  return Number(row.bytes);
}

async function firstHits(view, text) {
  for await (const _ of view.search(text, { limit: 20 }));
}

async function time(what, turns, work) {
  const times = [];
  for (let turn = 0; turn < turns; turn++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  print(`${what}: ${times[Math.floor(turns / 2)].toFixed(2)} ms (median of ${turns})`);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
