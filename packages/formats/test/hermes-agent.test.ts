import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { detect } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll } from "./read-all.js";

/** A database as the agent leaves it while it runs: its rows are still in the write-ahead log. */
async function agentDatabase(setUp: (database: Database.Database) => void): Promise<string> {
  const folder = await fixtureFolder({});
  const file = path.join(folder, "state.db");
  const database = new Database(file);
  onTestFinished(() => void database.close());
  database.pragma("journal_mode = WAL");
  database.exec(`
    CREATE TABLE sessions (id TEXT PRIMARY KEY, source TEXT NOT NULL, model TEXT, model_config TEXT, system_prompt_hash TEXT,
      parent_session_id TEXT, started_at REAL NOT NULL, ended_at REAL, end_reason TEXT, input_tokens INTEGER DEFAULT 0,
      output_tokens INTEGER DEFAULT 0, cache_read_tokens INTEGER DEFAULT 0, cwd TEXT, title TEXT, archived INTEGER DEFAULT 0,
      pinned INTEGER DEFAULT 0, estimated_cost_usd REAL, rewind_count INTEGER);
    CREATE TABLE system_prompts (hash TEXT PRIMARY KEY, prompt TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, role TEXT NOT NULL, content TEXT,
      tool_calls TEXT, tool_name TEXT, timestamp REAL NOT NULL, token_count INTEGER, active INTEGER DEFAULT 1);
  `);
  setUp(database);
  return file;
}

const addMessage = (database: Database.Database, row: Record<string, unknown>): void => {
  const columns = Object.keys(row);
  database
    .prepare(`INSERT INTO messages (${columns.join()}) VALUES (${columns.map(() => "?").join()})`)
    .run(...Object.values(row));
};

const sampleAgent = async (): Promise<string> =>
  await agentDatabase((database) => {
    database.exec(`
      INSERT INTO system_prompts VALUES ('h1', 'You are an agent.');
      INSERT INTO sessions (id, source, model, model_config, system_prompt_hash, started_at, ended_at, end_reason, input_tokens,
        output_tokens, cache_read_tokens, cwd, title, pinned, estimated_cost_usd)
        VALUES ('20260506_a', 'cli', 'm-1', '{"temperature":0.2}', 'h1', 1790000000.25, 1790000009.5, 'compression', 7, 3, 5, '/t', 'Rain', 1, 0.5);
      INSERT INTO sessions (id, source, parent_session_id, started_at, input_tokens, rewind_count)
        VALUES ('20260506_b', 'telegram', '20260506_a', 1790000010, 'garbage', 9007199254740993);
    `);
    addMessage(database, {
      session_id: "20260506_a",
      role: "user",
      content: "is it raining?",
      timestamp: 1790000002,
    });
    addMessage(database, {
      session_id: "20260506_a",
      role: "user",
      content: "taken back",
      timestamp: 1790000001,
      active: 0,
    });
    addMessage(database, {
      session_id: "20260506_a",
      role: "assistant",
      content: '\0json:[{"type":"text","text":"yes"}]',
      tool_calls: '[{"id":"c1"}]',
      timestamp: 1790000001.5,
    });
    addMessage(database, {
      session_id: "20260506_b",
      role: "user",
      content: "\0not json",
      timestamp: 1790000011,
    });
  });

describe("hermes-agent", () => {
  it("maps sessions and messages, those in the write-ahead log too", async () => {
    const file = await sampleAgent();
    expect(await detect(file)).toBe("hermes-agent");
    const { sessions, unreadable } = await readAll(file);
    expect(unreadable).toEqual([]);
    expect(sessions.map(({ head }) => head)).toMatchObject([
      {
        id: "20260506_a",
        title: "Rain",
        preview: "is it raining?",
        pinned: true,
        archived: false,
        parent: null,
        metadata: { source: "hermes-agent", platform: "cli", model: "m-1", cwd: "/t" },
        usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 5 },
        createdAt: new Date(1790000000250).toISOString(),
        updatedAt: new Date(1790000009500).toISOString(),
        state: {
          model_config: { temperature: 0.2 },
          $systemPrompt: "You are an agent.",
          end_reason: "compression",
          $inactiveMessages: 1,
          estimated_cost_usd: 0.5,
        },
      },
      {
        id: "20260506_b",
        parent: { id: "20260506_a", messageCount: 0 },
        metadata: { platform: "telegram", relation: "continuation" },
        usage: { inputTokens: 0, outputTokens: 0 },
        state: {
          input_tokens: "garbage",
          rewind_count: "9007199254740993",
          $verbatim: { "/rewind_count": "9007199254740993" },
        },
      },
    ]);
    expect(sessions[0]?.entries.map(({ message }) => message)).toEqual([
      {
        id: 3,
        role: "assistant",
        content: [{ type: "text", text: "yes" }],
        tool_calls: [{ id: "c1" }],
        timestamp: 1790000001.5,
      },
      { id: 1, role: "user", content: "is it raining?", timestamp: 1790000002 },
    ]);
    expect(sessions[1]?.entries[0]?.message.content).toBe("\0not json");
  });

  it("changes nothing beside the database", async () => {
    const file = await sampleAgent();
    const before = await contents(path.dirname(file));
    await readAll(path.dirname(file));
    expect(await contents(path.dirname(file))).toEqual(before);
  });

  it("names the files that belong to the database when it walks the folder", async () => {
    const { sessions, unreadable } = await readAll(path.dirname(await sampleAgent()));
    expect(sessions).toHaveLength(2);
    expect(unreadable.map((item) => [path.basename(item.path), item.fault])).toEqual([
      ["state.db-shm", "not-a-session"],
      ["state.db-wal", "not-a-session"],
    ]);
  });

  it("reads older schemas, without the columns that came later", async () => {
    const folder = await fixtureFolder({});
    const file = path.join(folder, "old.db");
    const database = new Database(file);
    database.exec(`CREATE TABLE sessions (id TEXT PRIMARY KEY, started_at REAL NOT NULL);
      CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, timestamp REAL);
      INSERT INTO sessions VALUES ('a', 1790000000); INSERT INTO messages VALUES (1, 'a', 'user', 'hi', 1790000001);`);
    database.close();
    const { sessions } = await readAll(file);
    expect(sessions).toMatchObject([
      { head: { id: "a", messageCount: 1, metadata: { source: "hermes-agent" } } },
    ]);
  });

  it("reports one session that no store can hold, and reads the others", async () => {
    const file = await agentDatabase((database) => {
      database.exec(
        `INSERT INTO sessions (id, source, started_at) VALUES ('', 'cli', 1), ('good', 'cli', 2)`,
      );
    });
    const { sessions, unreadable } = await readAll(file);
    expect(sessions.map(({ head }) => head.id)).toEqual(["good"]);
    expect(unreadable).toMatchObject([{ fault: "damaged", format: "hermes-agent" }]);
  });

  it.each([
    ["no database at all", Buffer.from("SQLite format 3\0 and then nothing of the kind")],
    ["another program's database", "CREATE TABLE notes (id)"],
  ])("reports %s as damaged", async (_what, content) => {
    const folder = await fixtureFolder(typeof content === "string" ? {} : { "state.db": content });
    if (typeof content === "string") {
      const database = new Database(path.join(folder, "state.db"));
      database.exec(content);
      database.close();
    }
    const { sessions, unreadable } = await readAll(path.join(folder, "state.db"));
    expect(sessions).toEqual([]);
    expect(unreadable).toMatchObject([{ fault: "damaged", format: "hermes-agent" }]);
  });
});

async function contents(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of await readdir(folder))
    files[name] = (await readFile(path.join(folder, name))).toString("base64");
  return files;
}
