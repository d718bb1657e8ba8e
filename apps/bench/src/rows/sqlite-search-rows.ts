import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { SessionStore } from "@agent-sessions/core";
import { COMMON_WORD, RARE_WORD, SHORT_WORD } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { openBackend } from "../open-backend.js";
import { type BudgetRow, type Measure, type RowContext, type Scale, type Sides, scaled } from "../row.js";
import type { StoreSpec } from "../store-spec.js";

const SESSIONS = 10_000;
const MESSAGES = 20;
const HITS = 20;
const WHERE = "10,000 sessions × 20 messages, sqlite, first 20 hits";

export const sqliteSearchRows: readonly BudgetRow[] = [
  searchRow("rare", `rare word in ${WHERE}`, `search(${JSON.stringify(RARE_WORD)}), in 10 messages`, 5, 100),
  searchRow(
    "common",
    `common word in ${WHERE}`,
    `search(${JSON.stringify(COMMON_WORD)}), in nearly all`,
    20,
    100,
  ),
  searchRow(
    "short",
    `word of two characters in ${WHERE}`,
    `search(${JSON.stringify(SHORT_WORD)}), in 10 messages`,
    500,
    10,
  ),
  {
    ...searchRow(
      "short-stall",
      `longest stall of the event loop during that`,
      "the longest that a timer was late",
      20,
      5,
    ),
    prepare: async (context) =>
      await prepareSearch(context, (store) => longestStall(() => hits(store, SHORT_WORD))),
  },
];

function searchRow(name: string, title: string, ours: string, budget: number, turns: number): BudgetRow {
  const word = { rare: RARE_WORD, common: COMMON_WORD }[name] ?? SHORT_WORD;
  return {
    id: `sqlite/search-${name}`,
    title,
    ours,
    limit: null,
    budget,
    unit: "ms",
    tolerance: 0.1,
    turns,
    warmUp: 2,
    needs: (scale) => [storeAt(scale)],
    prepare: async (context) => await prepareSearch(context, (store) => timed(() => hits(store, word))),
  };
}

function storeAt(scale: Scale): StoreSpec {
  return { backend: "sqlite", shape: "many", sessions: scaled(SESSIONS, scale), messagesEach: MESSAGES };
}

async function prepareSearch(
  { stores, scale }: RowContext,
  measure: (store: SessionStore) => ReturnType<Measure>,
): Promise<Sides> {
  const store = await openBackend("sqlite", stores.path(storeAt(scale)));
  return { ours: () => measure(store), limit: null, close: () => store.close() };
}

async function hits(store: SessionStore, word: string): Promise<void> {
  let found = 0;
  for await (const _ of store.search(word, { limit: HITS })) found++;
  if (found === 0) throw new Error(`Nothing was found for ${word}.`);
}

/** The longest that the event loop was kept from its timers while `body` ran, in milliseconds. */
async function longestStall(body: () => Promise<void>): Promise<number> {
  const resolution = 1;
  const monitor = monitorEventLoopDelay({ resolution });
  monitor.enable();
  // It counts from its second tick on.
  await setTimeout(10);
  monitor.reset();
  await body();
  await setTimeout(2);
  monitor.disable();
  return Math.max(0, monitor.max / 1e6 - resolution);
}
