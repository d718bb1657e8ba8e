import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { MessageGenerator } from "../generated-sessions.js";
import { type RowContext, type Scale, scaled } from "../row.js";
import type { StoreSpec } from "../store-spec.js";
import type { TablePlan, TableRow } from "../table.js";

const MESSAGES = 10_000;

const STORES = [
  { id: "json", title: "json", backend: "json" },
  { id: "yaml", title: "yaml", backend: "yaml" },
  { id: "sqlite", title: "sqlite", backend: "sqlite" },
  { id: "sqlite-unindexed", title: "sqlite, search: false", backend: "sqlite", search: false },
] as const;

export const diskTable: TablePlan = {
  id: "disk",
  title: "Space on disk",
  note: "A session of 10,000 messages that were appended one at a time; against the bytes of JSON.stringify of each.",
  columns: ["a message", "against raw JSON"],
  needs: (scale) => STORES.map((store) => specOf(store, scale)),
  measure: async (context) => {
    const messages = new MessageGenerator().messages(scaled(MESSAGES, context.scale));
    const rawBytes = messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)), 0);
    return STORES.map((store) => diskRow(context, store, rawBytes, messages.length));
  },
};

type MeasuredStore = (typeof STORES)[number];

function diskRow(
  { stores, scale }: RowContext,
  store: MeasuredStore,
  rawBytes: number,
  messages: number,
): TableRow {
  const bytes = sizeOf(stores.path(specOf(store, scale)));
  const cells = [
    { value: bytes / messages, unit: "B" },
    { value: bytes / rawBytes, unit: "×" },
  ];
  return { id: store.id, title: store.title, cells };
}

function specOf(store: MeasuredStore, scale: Scale): StoreSpec {
  const search = "search" in store ? { search: store.search } : {};
  return { backend: store.backend, shape: "appended", messages: scaled(MESSAGES, scale), ...search };
}

/** The bytes of a file, or of all files in a folder. */
function sizeOf(place: string): number {
  const stats = statSync(place);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(place).reduce((sum, name) => sum + sizeOf(path.join(place, name)), 0);
}
