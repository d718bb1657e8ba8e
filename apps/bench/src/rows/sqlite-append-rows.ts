import type { Message } from "@agent-sessions/core";
import { MessageGenerator } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { type Durability, openBackend } from "../open-backend.js";
import { APPEND_WARM_UP, type BudgetRow, type RowContext, type Sides } from "../row.js";
import { SqliteByHand } from "../sqlite-by-hand.js";

export const sqliteAppendRows: readonly BudgetRow[] = [
  appendRow("append", "durable", true),
  appendRow("append-relaxed", "relaxed", true),
  appendRow("append-unindexed", "durable", false),
  appendRow("append-unindexed-relaxed", "relaxed", false),
];

function appendRow(name: string, durability: Durability, search: boolean): BudgetRow {
  const without = search ? "" : ", search: false";
  return {
    id: `sqlite/${name}`,
    title: `${durability} append, sqlite${without}`,
    ours: "append() of one message",
    limit: `better-sqlite3 with the same pragmas: update of the session's row, insert of the message${search ? " and of its folded text into the index" : ""}, in one transaction`,
    budget: search ? 1.3 : 1.5,
    unit: "ms",
    tolerance: 0.1,
    turns: durability === "durable" ? 600 : 2000,
    warmUp: APPEND_WARM_UP,
    prepare: async (context) => await prepareAppend(context, durability, search),
  };
}

async function prepareAppend(
  { scratch }: RowContext,
  durability: Durability,
  search: boolean,
): Promise<Sides> {
  const paths = [scratch.path("ours.db"), scratch.path("raw.db")] as const;
  for (const path of paths) {
    const store = await openBackend("sqlite", path, { durability, search });
    await store.create({ id: "one", messages: new MessageGenerator().messages(10) });
    await store.close();
  }
  const store = await openBackend("sqlite", paths[0], { durability });
  const raw = new SqliteByHand(paths[1], "one", durability, search);
  const generator = new MessageGenerator(2);
  // Both sides write the same messages in the same order, so that the index grows alike.
  const messages = generator.messages(4000);
  const turn = { ours: 0, limit: 0 };
  const next = (side: keyof typeof turn): Message => messages[turn[side]++ % messages.length] ?? {};
  return {
    ours: () => {
      const message = next("ours");
      return timed(() => store.append("one", message));
    },
    limit: () => {
      const message = next("limit");
      return timed(() => raw.append(message));
    },
    close: async () => {
      raw.close();
      await store.close();
    },
  };
}
