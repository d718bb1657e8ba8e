import type { Message } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { MessageGenerator } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { type Durability, openBackend } from "../open-backend.js";
import { APPEND_WARM_UP, type BudgetRow, type RowContext, type Sides } from "../row.js";

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
  const raw = new RawSession(paths[1], durability, search);
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

/** What anybody who writes to such a database by hand would do: the same rows, the same index, prepared statements. */
class RawSession {
  readonly #database: Database.Database;
  readonly #update: Database.Statement<[string], { transcript: number; message_count: number }>;
  readonly #insert: Database.Statement<[number, number, string, string]>;
  readonly #index: Database.Statement<[number, number, string]> | null;

  constructor(path: string, durability: Durability, search: boolean) {
    this.#database = new Database(path);
    this.#database.pragma("trusted_schema = OFF");
    this.#database.pragma("foreign_keys = ON");
    this.#database.pragma(`synchronous = ${durability === "durable" ? "FULL" : "NORMAL"}`);
    const flush = durability === "durable" ? "ON" : "OFF";
    this.#database.pragma(`fullfsync = ${flush}`);
    this.#database.pragma(`checkpoint_fullfsync = ${flush}`);
    this.#database.pragma(`journal_size_limit = ${16 * 1024 * 1024}`);
    this.#database.pragma("wal_autocheckpoint = 16384");
    this.#update = this.#database.prepare(
      `UPDATE agent_sessions_sessions SET revision = revision + 1, message_count = message_count + 1, updated_at = ?
       WHERE namespace = '' AND id = 'one' RETURNING transcript, message_count`,
    );
    this.#insert = this.#database.prepare(
      "INSERT INTO agent_sessions_entries (pk, at, message) VALUES ((? << 32) | ?, ?, ?)",
    );
    this.#index = search
      ? this.#database.prepare("INSERT INTO agent_sessions_search (rowid, text) VALUES ((? << 32) | ?, ?)")
      : null;
  }

  append(message: Message): void {
    const at = new Date().toISOString();
    this.#database.exec("BEGIN IMMEDIATE");
    const row = this.#update.get(at);
    if (row === undefined) throw new Error("The session is gone.");
    const { transcript, message_count: seq } = row;
    this.#insert.run(transcript, seq, at, JSON.stringify(message));
    this.#index?.run(transcript, seq, String(message.content).normalize("NFC").toLowerCase());
    this.#database.exec("COMMIT");
  }

  close(): void {
    this.#database.close();
  }
}
