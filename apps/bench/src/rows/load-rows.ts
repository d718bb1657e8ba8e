import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { timed } from "../measure-sides.js";
import { type Backend, openBackend } from "../open-backend.js";
import { type BudgetRow, type RowContext, type Scale, type Sides, scaled } from "../row.js";
import type { StoreSpec } from "../store-spec.js";

const MESSAGES = 10_000;

export const loadRows: readonly BudgetRow[] = [
  {
    id: "json/load",
    title: "load() of 10,000 messages, json",
    ours: "load() of a session that got them one append at a time",
    limit: "readFile as one string, split into lines, JSON.parse of each",
    budget: 0.8,
    unit: "ms",
    tolerance: 0.1,
    turns: 40,
    warmUp: 5,
    collectsGarbage: true,
    needs: (scale) => [storeOf("json", scale)],
    prepare: async (context) => await prepareLoad(context, "json", "long.jsonl", "\n", JSON.parse),
  },
  {
    id: "yaml/load",
    title: "load() of 10,000 messages, yaml",
    ours: "load() of a session that got them one append at a time",
    limit: "readFile as one string, split into documents, parse() of the yaml library of each",
    budget: 1.3,
    unit: "ms",
    tolerance: 0.1,
    turns: 5,
    warmUp: 1,
    collectsGarbage: true,
    needs: (scale) => [storeOf("yaml", scale)],
    prepare: async (context) => await prepareLoad(context, "yaml", "long.yaml", "\n...\n", parse),
  },
];

function storeOf(backend: Backend, scale: Scale): StoreSpec {
  return { backend, shape: "appended", messages: scaled(MESSAGES, scale) };
}

async function prepareLoad(
  { stores, scale }: RowContext,
  backend: Backend,
  fileName: string,
  separator: string,
  parseRecord: (text: string) => unknown,
): Promise<Sides> {
  const folder = stores.path(storeOf(backend, scale));
  const store = await openBackend(backend, folder);
  const file = path.join(folder, fileName);
  return {
    ours: () => timed(() => store.load("long")),
    limit: () => timed(() => parseAll(readFileSync(file, "utf8"), separator, parseRecord)),
    close: () => store.close(),
  };
}

function parseAll(text: string, separator: string, parseRecord: (text: string) => unknown): unknown[] {
  const records = text.split(separator).filter((record) => record.trim() !== "");
  return records.map((record) => parseRecord(record));
}
