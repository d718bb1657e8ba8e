import type { ListByHandInput } from "../child/list-by-hand.js";
import type { ListNewestAnswer, ListNewestInput } from "../child/list-newest.js";
import type { QueryByHandInput } from "../child/query-by-hand.js";
import { timed } from "../measure-sides.js";
import { type Backend, openBackend } from "../open-backend.js";
import { type BudgetRow, type RowContext, type Scale, type Sides, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { StoreSpec } from "../store-spec.js";

const SESSIONS = 10_000;
const LIMIT = 50;
/** For SQLite as many as the search rows need: one store serves both. */
const MESSAGES_EACH = { json: 2, yaml: 2, sqlite: 20 };

const MANY_SESSIONS = 100_000;

const FILE_STORES = [
  { backend: "json", indexName: ".index.jsonl", sessions: SESSIONS, idEnd: "", amount: "10,000", turns: 25 },
  { backend: "yaml", indexName: ".index.yaml", sessions: SESSIONS, idEnd: "", amount: "10,000", turns: 25 },
  {
    backend: "json",
    indexName: ".index.jsonl",
    sessions: MANY_SESSIONS,
    idEnd: "-of-many",
    amount: "100,000",
    turns: 9,
  },
  {
    backend: "yaml",
    indexName: ".index.yaml",
    sessions: MANY_SESSIONS,
    idEnd: "-of-many",
    amount: "100,000",
    turns: 9,
  },
] as const;

export const listRows: readonly BudgetRow[] = [
  ...FILE_STORES.map(
    ({ backend, indexName, sessions, idEnd, amount, turns }): BudgetRow => ({
      id: `${backend}/list-newest${idEnd}`,
      title: `newest 50 of ${amount} sessions, ${backend}, fresh process`,
      ours: "open and list({ limit: 50 }), from after loading the backend",
      limit: "readdir, stat of each file, JSON.parse of each line of the index",
      budget: 1.2,
      unit: "ms",
      tolerance: 0.1,
      turns,
      warmUp: 2,
      needs: (scale) => [storeOf(backend, scale, sessions)],
      prepare: async (context) =>
        prepareFiles(context.stores.path(storeOf(backend, context.scale, sessions)), backend, indexName),
    }),
  ),
  {
    id: "sqlite/list-newest-open",
    title: "newest 50 of 10,000 sessions, sqlite, open store",
    ours: "list({ limit: 50 })",
    limit: null,
    budget: 1,
    unit: "ms",
    tolerance: 0.1,
    turns: 300,
    warmUp: 30,
    needs: (scale) => [storeOf("sqlite", scale)],
    prepare: prepareOpenSqlite,
  },
  {
    id: "sqlite/list-newest-fresh",
    title: "newest 50 of 10,000 sessions, sqlite, fresh process",
    ours: "from before loading the backend: import, open, list({ limit: 50 })",
    limit: null,
    floor: "require better-sqlite3, open, the rows of the newest 50",
    budget: 20,
    unit: "ms",
    tolerance: 0.1,
    turns: 25,
    warmUp: 2,
    needs: (scale) => [storeOf("sqlite", scale)],
    prepare: prepareFreshSqlite,
  },
];

function storeOf(backend: Backend, scale: Scale, sessions: number = SESSIONS): StoreSpec {
  return { backend, shape: "many", sessions: scaled(sessions, scale), messagesEach: MESSAGES_EACH[backend] };
}

function prepareFiles(path: string, backend: "json" | "yaml", indexName: string): Sides {
  const ours: ListNewestInput = { backend, path, limit: LIMIT };
  const byHand: ListByHandInput = { folder: path, indexName };
  return {
    ours: async () => (await runTask<ListNewestAnswer>("listNewest", ours)).fromOpenMs,
    limit: async () => (await runTask<{ milliseconds: number }>("listByHand", byHand)).milliseconds,
  };
}

async function prepareOpenSqlite({ stores, scale }: RowContext): Promise<Sides> {
  const path = stores.path(storeOf("sqlite", scale));
  const store = await openBackend("sqlite", path);
  return {
    ours: () => timed(() => store.list({ limit: LIMIT })),
    limit: null,
    close: () => store.close(),
  };
}

async function prepareFreshSqlite({ stores, scale }: RowContext): Promise<Sides> {
  const path = stores.path(storeOf("sqlite", scale));
  const input: ListNewestInput = { backend: "sqlite", path, limit: LIMIT };
  const byHand: QueryByHandInput = {
    path,
    query: `SELECT * FROM agent_sessions_sessions WHERE namespace = '' ORDER BY updated_at DESC, id LIMIT ${LIMIT}`,
  };
  return {
    ours: async () => (await runTask<ListNewestAnswer>("listNewest", input)).fromImportMs,
    limit: async () => (await runTask<{ milliseconds: number }>("queryByHand", byHand)).milliseconds,
  };
}
