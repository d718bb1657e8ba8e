import type { Message } from "@agent-sessions/core";
import Database from "better-sqlite3";
import type { Durability } from "./open-backend.js";

/** What anybody who writes to such a database by hand would do: the same rows, the same index, prepared statements. The driver waits up to five seconds for other writers. */
export class SqliteByHand {
  readonly #database: Database.Database;
  readonly #id: string;
  readonly #update: Database.Statement<[string, string], { transcript: number; message_count: number }>;
  readonly #insert: Database.Statement<[number, number, string, string]>;
  readonly #index: Database.Statement<[number, number, string]> | null;

  constructor(path: string, id: string, durability: Durability, search: boolean) {
    this.#id = id;
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
       WHERE namespace = '' AND id = ? RETURNING transcript, message_count`,
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
    const row = this.#update.get(at, this.#id);
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
