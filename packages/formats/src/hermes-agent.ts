import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { latest, secondsOf, timeOfSeconds } from "./foreign-time.js";
import { markSource } from "./foreign-value.js";
import { memberOf, setOwn } from "./json-object.js";
import type { SqliteDatabase } from "./load-sqlite.js";
import { asMalformed, MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { parseForeignJson } from "./parse-foreign-json.js";
import { problemOf } from "./problem.js";
import { datesOf } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { openSqliteCopy } from "./sqlite-copy.js";
import { messageOf } from "./system-error.js";
import { COUNTERS } from "./token-sum.js";

/**
 * `state.db` of hermes-agent, a SQLite database of any schema version: its columns are looked up. Read from a copy made with its `-wal`.
 *
 * | there | here |
 * |---|---|
 * | `id`, `title`, `pinned`, `archived`, `parent_session_id` | `id`, `title`, `pinned`, `archived`, `parent.id` |
 * | `started_at`; `last_activity_at`, `ended_at` and the newest message | `createdAt`; `updatedAt`. Finer times stay in `state` too |
 * | `input_tokens`, `output_tokens`, `cache_read_tokens`, `cache_write_tokens`, `reasoning_tokens` | `usage` |
 * | `source`, `model`, `cwd`, `git_branch`, `profile_name` | `metadata.platform`, `.model`, `.cwd`, `.gitBranch`, `.profile` |
 * | `model_config` with `_branched_from` or `_delegate_from`, a parent that ended by `compression` | `metadata.relation`: `fork`, `subagent`, `continuation` |
 * | the row of `system_prompts` that `system_prompt_hash` names | `state.$systemPrompt` |
 * | a row of `messages`, by `timestamp` and `id` | a message, its columns under their names; `timestamp` is the entry's `at` too |
 * | `content` that is NUL, `json:` and JSON; `tool_calls` and other JSON in a column | the value itself |
 * | rows with `active = 0`: taken back by the user | left out; how many, in `state.$inactiveMessages` |
 * | every other column that is not NULL | `state`, under its name |
 *
 * @see https://github.com/NousResearch/hermes-agent `hermes_state.py`
 */
export const hermesAgent: SessionFormat = {
  name: "hermes-agent",

  async recognise(file: SourceFile): Promise<Recognition> {
    if (/\.db-(?:wal|shm|journal)$/.test(file.name)) {
      return { notASession: "belongs to the SQLite database beside it, and is read with it" };
    }
    const start = await file.start();
    if (!start.startsWith("SQLite format 3\0")) return "unknown";
    // With its tables still in the write-ahead log, the name has to do.
    const hasTables =
      /CREATE TABLE "?sessions"?\b/i.test(start) && /CREATE TABLE "?messages"?\b/i.test(start);
    return hasTables || file.name === "state.db" ? "session" : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    await using copy = await openSqliteCopy(file.path);
    const { database } = copy;
    const ids = select(database, "SELECT id FROM sessions ORDER BY started_at, id");
    for (const { id } of ids) {
      try {
        yield readSession(database, file, id);
      } catch (error) {
        yield {
          damage: { line: null, reason: `holds session ${String(id)}, which ${problemOf(error).reason}` },
        };
      }
    }
    for (const { session_id, count } of select(database, ORPHANS)) {
      const reason = `holds ${String(count)} messages of the session ${String(session_id)}, which is not there`;
      yield { damage: { line: null, reason } };
    }
  },
};

const ORPHANS = `SELECT session_id, count(*) AS count FROM messages
  WHERE session_id IS NULL OR session_id NOT IN (SELECT id FROM sessions WHERE id IS NOT NULL) GROUP BY session_id`;

type Row = Readonly<Record<string, unknown>>;

function select(database: SqliteDatabase, sql: string, ...values: readonly unknown[]): readonly Row[] {
  try {
    return database
      .prepare(sql)
      .safeIntegers(true)
      .all(...values) as readonly Row[];
  } catch (cause) {
    throw new MalformedFileError(`has other tables than hermes-agent's: ${messageOf(cause)}`, { cause });
  }
}

function readSession(database: SqliteDatabase, file: SourceFile, rowId: unknown): ReadItem {
  const [row = {}] = select(database, "SELECT * FROM sessions WHERE id IS ?", rowId);
  const fields = new ForeignFields(columns(row, JSON_COLUMNS));
  const id = fields.requiredText("id");
  const { timed, inactive } = readMessages(database, rowId);
  const createdAt = fields.time("started_at", timeOfSeconds, secondsOf) ?? timed[0]?.at ?? null;
  const updatedAt = latest(
    createdAt,
    fields.time("last_activity_at", timeOfSeconds, secondsOf),
    timeOfSeconds(fields.peek("ended_at")),
    ...timed.map(({ at }) => at),
  );
  const dates = datesOf(file, createdAt, updatedAt);
  const parentId = fields.text("parent_session_id");
  const relation = relationOf(database, fields.peek("model_config"), parentId);
  const prompt = systemPrompt(database, fields.peek("system_prompt_hash"));
  const snapshot = newSnapshot(
    {
      id,
      title: fields.text("title"),
      metadata: {
        ...sourceFacts("hermes-agent", id, id),
        platform: fields.fact("source"),
        model: fields.fact("model"),
        cwd: fields.fact("cwd"),
        gitBranch: fields.fact("git_branch"),
        profile: fields.fact("profile_name"),
        relation,
      },
      usage: usageOf(fields),
      pinned: bit(fields, "pinned"),
      archived: bit(fields, "archived"),
      parentId,
      state: {
        ...fields.rest,
        ...(prompt === undefined ? {} : { $systemPrompt: prompt }),
        ...(inactive === 0 ? {} : { $inactiveMessages: inactive }),
      },
      ...dates,
    },
    timed,
  );
  return { snapshot, isDatedByFile: dates.isDatedByFile };
}

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  "model_config",
  "tool_calls",
  "reasoning_details",
  "codex_reasoning_items",
  "codex_message_items",
]);

const COUNTER_COLUMNS = {
  input_tokens: COUNTERS.input,
  output_tokens: COUNTERS.output,
  cache_read_tokens: COUNTERS.cacheRead,
  cache_write_tokens: COUNTERS.cacheWrite,
  reasoning_tokens: COUNTERS.reasoning,
};

function usageOf(fields: ForeignFields): Record<string, number> {
  const usage: Record<string, number> = {};
  for (const [column, ours] of Object.entries(COUNTER_COLUMNS)) {
    // Salvaged files hold garbage in some of them, which then stays in `state`.
    const count = fields.count(column);
    if (count !== undefined && (count > 0 || ours === COUNTERS.input || ours === COUNTERS.output))
      usage[ours] = count;
  }
  return usage;
}

function bit(fields: ForeignFields, column: string): boolean | undefined {
  const value = fields.peek(column);
  if (value !== 0 && value !== 1) return undefined;
  return fields.take(column) === 1;
}

function readMessages(
  database: SqliteDatabase,
  sessionId: unknown,
): { readonly timed: readonly TimedMessage[]; readonly inactive: number } {
  const rows = select(
    database,
    "SELECT * FROM messages WHERE session_id = ? ORDER BY timestamp, id",
    sessionId,
  );
  const active = rows.filter((row) => row["active"] !== 0n);
  const timed = active.map((row): TimedMessage => {
    const { session_id: _session, active: _active, ...message } = columns(row, JSON_COLUMNS);
    return { at: timeOfSeconds(message["timestamp"]), message };
  });
  return { timed, inactive: rows.length - active.length };
}

function relationOf(
  database: SqliteDatabase,
  config: JsonValue | undefined,
  parentId: string | undefined,
): string | undefined {
  if (memberOf(config, "_delegate_from") !== undefined) return "subagent";
  if (memberOf(config, "_branched_from") !== undefined) return "fork";
  if (parentId === undefined) return undefined;
  const [parent] = select(database, "SELECT * FROM sessions WHERE id = ?", parentId);
  return parent?.["end_reason"] === "compression" ? "continuation" : undefined;
}

function systemPrompt(database: SqliteDatabase, hash: JsonValue | undefined): string | undefined {
  if (typeof hash !== "string") return undefined;
  const [row] = select(database, "SELECT prompt FROM system_prompts WHERE hash = ?", hash);
  return typeof row?.["prompt"] === "string" ? row["prompt"] : undefined;
}

/** The columns of a row that are not NULL, as JSON. */
function columns(row: Row, jsonColumns: ReadonlySet<string>): JsonObject {
  const object: Record<string, JsonValue> = {};
  for (const [name, cell] of Object.entries(row)) {
    if (cell !== null) setOwn(object, name, cellValue(cell, jsonColumns.has(name)));
  }
  return object;
}

const ENCODED = "\0json:";

function cellValue(cell: unknown, mayBeJson: boolean): JsonValue {
  if (typeof cell === "bigint") {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : markSource(String(cell));
  }
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : markSource(String(cell));
  if (cell instanceof Uint8Array) return { base64: Buffer.from(cell).toString("base64") };
  const text = String(cell);
  if (text.startsWith(ENCODED)) return parsed(text.slice(ENCODED.length)) ?? text;
  return mayBeJson ? (parsed(text) ?? text) : text;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseForeignJson(text);
  } catch (error) {
    asMalformed(error);
    return undefined;
  }
}
