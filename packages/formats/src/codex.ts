import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { latest, timeOfText } from "./foreign-time.js";
import { isObject, memberOf } from "./json-object.js";
import { KeptRecords, withRecord } from "./kept-records.js";
import { type SnapshotFields, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { type RecordReader, readLog } from "./record-log.js";
import { datesOf, type SessionDates } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { COUNTERS, TokenSum } from "./token-sum.js";

/**
 * `~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl` of Codex: records of `{ timestamp, type, payload }`.
 *
 * | there | here |
 * |---|---|
 * | `id` of the first `session_meta` (default: the UUID that ends the file's stem) | `id` |
 * | `forked_from_id` of it | `parent.id` |
 * | the payload of a `response_item`: messages, reasoning, calls and their outputs, in their order | a message, all its fields |
 * | its `output`, where it has no `content` | `content` |
 * | (no role) | `role`: `tool` for an output, else `assistant` |
 * | `timestamp` | the entry's `at`; it stays in `$record` of the message too |
 * | `event_msg` and all other records, among them `compacted` with its `replacement_history` | `state.$records`: `{ after, record }` |
 * | the last `token_count`'s `total_token_usage`, where `input_tokens` includes the cached ones | `usage` |
 * | `cwd`, `git.branch`, `cli_version`, the last `turn_context`'s `model` | `metadata.cwd`, `.gitBranch`, `.version`, `.model` |
 *
 * An `event_msg` repeats the text of a `response_item` for display, so it is no message of its own.
 *
 * @see https://github.com/openai/codex `codex-rs/protocol`
 */
export const codex: SessionFormat = {
  name: "codex",

  async recognise(file: SourceFile): Promise<Recognition> {
    const records = await file.firstRecords();
    const isOwn = ({ type, payload }: JsonObject): boolean => isObject(payload) && TYPES.has(String(type));
    return records.some(isOwn) ? "session" : "unknown";
  },

  read(file: SourceFile): AsyncIterable<ReadItem> {
    return readLog(file, () => new CodexReader(file));
  },
};

const TYPES: ReadonlySet<string> = new Set([
  "session_meta",
  "response_item",
  "event_msg",
  "turn_context",
  "compacted",
]);

class CodexReader implements RecordReader {
  readonly #file: SourceFile;
  readonly #kept = new KeptRecords();
  readonly #facts: Record<string, string> = {};
  #meta: JsonObject | null = null;
  #total: JsonValue | undefined;
  #first: string | null = null;
  #last: string | null = null;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  take(record: JsonObject): TimedMessage | null {
    const { type, payload, ...envelope } = record;
    const at = timeOfText(record["timestamp"]);
    this.#first ??= at;
    this.#last = latest(this.#last, at);
    if (type === "response_item" && isObject(payload)) {
      this.#kept.pass();
      return { at, message: withRecord(asMessage(payload), envelope) };
    }
    this.#kept.keep(record);
    if (isObject(payload)) this.#learn(String(type), payload);
    return null;
  }

  fields(): SnapshotFields & SessionDates {
    const { stem } = this.#file;
    const meta = this.#meta ?? {};
    const id = textIn(meta, "id") ?? UUID_AT_END.exec(stem)?.[0] ?? stem;
    const tokens = new TokenSum();
    tokens.add(this.#total, USAGE);
    return {
      id,
      metadata: {
        // The file is named after its time too.
        ...sourceFacts("codex", id, stem.endsWith(id) ? id : stem),
        ...this.#facts,
      },
      usage: tokens.usage,
      parentId: textIn(meta, "forked_from_id"),
      state: this.#kept.state,
      ...datesOf(this.#file, timeOfText(meta["timestamp"]) ?? this.#first, this.#last),
    };
  }

  #learn(type: string, payload: JsonObject): void {
    if (type === "event_msg" && payload["type"] === "token_count") {
      this.#total = memberOf(payload["info"], "total_token_usage") ?? this.#total;
    }
    if (type === "turn_context") this.#note("model", payload["model"]);
    // A rollout that was forked holds its parent's session_meta behind its own.
    if (type !== "session_meta" || this.#meta !== null) return;
    this.#meta = payload;
    this.#note("cwd", payload["cwd"]);
    this.#note("version", payload["cli_version"]);
    this.#note("gitBranch", memberOf(payload["git"], "branch"));
  }

  #note(fact: string, value: JsonValue | undefined): void {
    if (typeof value === "string" && value !== "" && value.length <= 512)
      this.#facts[fact] = value.toWellFormed();
  }
}

const UUID_AT_END = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const USAGE = {
  input_tokens: COUNTERS.input,
  output_tokens: COUNTERS.output,
  cached_input_tokens: COUNTERS.cacheRead,
  reasoning_output_tokens: COUNTERS.reasoning,
};

function asMessage(payload: JsonObject): JsonObject {
  const { output, ...rest } = payload;
  const isOutput = output !== undefined && !("content" in payload);
  const role = "role" in payload ? {} : { role: isOutput ? "tool" : "assistant" };
  return isOutput ? { ...role, ...rest, content: output } : { ...role, ...payload };
}

function textIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value.toWellFormed() : undefined;
}
