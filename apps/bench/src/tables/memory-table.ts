import type { ListAllInput } from "../child/list-all.js";
import type { MemoryUse } from "../child/memory-use.js";
import type { MigrateAllInput } from "../child/migrate-all.js";
import type { StreamMessagesInput } from "../child/stream-messages.js";
import { BACKENDS, type Backend, storePath } from "../open-backend.js";
import { type RowContext, type Scale, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { StoreSpec } from "../store-spec.js";
import type { TablePlan, TableRow } from "../table.js";

const STREAMED_MB = 1000;
const LISTED = 100_000;
const MIGRATED = 10_000;
/** As in the stores that the lists are measured on. */
const MESSAGES_EACH = 2;
const STREAMED = ["json", "sqlite"] as const;
const MIGRATIONS = [
  ["json", "sqlite"],
  ["sqlite", "json"],
] as const;

export const memoryTable: TablePlan = {
  id: "memory",
  title: "Memory of long tasks",
  note: "The most that the whole process ever held, Node included, before the task and in all.",
  columns: ["took", "before", "peak"],
  needs: (scale) => [
    ...STREAMED.map((backend) => streamedStore(backend, scale)),
    ...BACKENDS.map((backend) => manyStore(backend, LISTED, scale)),
    ...MIGRATIONS.map(([source]) => manyStore(source, MIGRATED, scale)),
  ],
  measure: async (context) => {
    const rows: TableRow[] = [];
    for (const backend of STREAMED) rows.push(await streamRow(context, backend));
    for (const backend of BACKENDS) rows.push(await listRow(context, backend));
    for (const [source, target] of MIGRATIONS) rows.push(await migrationRow(context, source, target));
    return rows;
  },
};

async function streamRow({ stores, scale }: RowContext, backend: Backend): Promise<TableRow> {
  const path = stores.path(streamedStore(backend, scale));
  const input: StreamMessagesInput = { backend, path, id: String(scaled(STREAMED_MB, scale)) };
  const use = await runTask<MemoryUse>("streamMessages", input);
  return toRow(`stream-${backend}`, `messages() over a session of 1 GB, ${backend}`, use);
}

async function listRow({ stores, scale }: RowContext, backend: Backend): Promise<TableRow> {
  const path = stores.path(manyStore(backend, LISTED, scale));
  const input: ListAllInput = { backend, path, sessions: scaled(LISTED, scale) };
  const use = await runTask<MemoryUse>("listAll", input);
  return toRow(`list-${backend}`, `list() of 100,000 sessions, page by page, ${backend}`, use);
}

async function migrationRow(
  { scratch, stores, scale }: RowContext,
  source: Backend,
  target: Backend,
): Promise<TableRow> {
  const input: MigrateAllInput = {
    source: { backend: source, path: stores.path(manyStore(source, MIGRATED, scale)) },
    target: { backend: target, path: storePath(scratch.path("target"), target) },
    sessions: scaled(MIGRATED, scale),
  };
  const use = await runTask<MemoryUse>("migrateAll", input);
  return toRow(`migrate-${source}-${target}`, `migrate() of 10,000 sessions, ${source} to ${target}`, use);
}

function toRow(id: string, title: string, { milliseconds, beforeMB, peakMB }: MemoryUse): TableRow {
  const cells = [
    { value: milliseconds, unit: "ms" },
    { value: beforeMB, unit: "MB" },
    { value: peakMB, unit: "MB" },
  ];
  return { id, title, cells };
}

function streamedStore(backend: Backend, scale: Scale): StoreSpec {
  // The same as that of the budget's row.
  return {
    backend,
    shape: "large",
    megabytes: [scaled(STREAMED_MB / 10, scale), scaled(STREAMED_MB, scale)],
  };
}

function manyStore(backend: Backend, sessions: number, scale: Scale): StoreSpec {
  return { backend, shape: "many", sessions: scaled(sessions, scale), messagesEach: MESSAGES_EACH };
}
