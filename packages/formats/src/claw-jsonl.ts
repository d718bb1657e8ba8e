import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { CLAW_USAGE, clawFields, fromClawMessage, PromptClock } from "./claw-head.js";
import { isObject } from "./json-object.js";
import { KeptRecords, withRecord } from "./kept-records.js";
import { leftover } from "./leftover.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { type SnapshotFields, storable, type TimedMessage } from "./new-snapshot.js";
import { type RecordReader, readLog } from "./record-log.js";
import type { SessionDates } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { TokenSum } from "./token-sum.js";

/**
 * `.claw/sessions/<fingerprint>/<id>.jsonl` of claw-code's Rust program.
 *
 * | there | here |
 * |---|---|
 * | `session_meta.session_id` (default: the file's stem) | `id` |
 * | `created_at_ms` (default: the time in the id), `updated_at_ms` | `createdAt`; `updatedAt`, where a later prompt counts |
 * | `model`, `workspace_root` | `metadata.model`, `metadata.cwd` |
 * | `fork.parent_session_id` | `parent.id`; `fork` stays in `state` |
 * | what stands beside `message` | `$record` of the message |
 * | `message.blocks` | `content` of the message; its other fields keep their names |
 * | `message.usage`, added up | `usage` |
 * | the `timestamp_ms` of the prompt that a user's message repeats | the entry's `at`, and that of those behind it |
 * | `compaction`, `prompt_history` | `state.compaction` (the last one), `state.prompt_history` (a list) |
 * | records of other types, earlier compactions | `state.$records`: `{ after, record }` |
 * | the rest of `session_meta` | `state`, under the same keys |
 *
 * @see https://github.com/ultraworkers/claw-code `rust/crates/runtime/src/session.rs`
 */
export const clawJsonl: SessionFormat = {
  name: "claw-jsonl",

  async recognise(file: SourceFile): Promise<Recognition> {
    if (!(await file.firstRecords()).some(hasMarks)) return "unknown";
    return leftover(
      file,
      /\.rot-\d+\.jsonl$/,
      "is an older copy of a session that claw set aside when it grew",
    );
  },

  read(file: SourceFile): AsyncIterable<ReadItem> {
    return readLog(file, (first: ClawReader | null) => new ClawReader(file, first));
  },
};

function hasMarks(record: JsonObject): boolean {
  switch (record["type"]) {
    case "session_meta":
      return !("payload" in record);
    case "message":
      return isObject(record["message"]) && "blocks" in record["message"];
    case "prompt_history":
      return "timestamp_ms" in record;
    case "compaction":
      return "removed_message_count" in record;
    default:
      return false;
  }
}

class ClawReader implements RecordReader {
  readonly #file: SourceFile;
  readonly #kept = new KeptRecords();
  readonly #tokens = new TokenSum();
  readonly #prompts: JsonObject[] = [];
  readonly #clock: PromptClock;
  #meta: JsonObject | null = null;
  #compaction: JsonValue | undefined;

  constructor(file: SourceFile, first: ClawReader | null) {
    this.#file = file;
    this.#clock = new PromptClock(first === null ? [] : first.#prompts);
  }

  take(record: JsonObject): TimedMessage | null {
    const { type, ...fields } = record;
    if (type === "message") {
      const { message: _message, ...envelope } = fields;
      const message = fromClawMessage(record["message"]);
      if (message === null) throw new MalformedFileError("holds a message without a known role or blocks");
      this.#kept.pass();
      this.#tokens.add(message["usage"], CLAW_USAGE);
      return { at: this.#clock.at(message), message: withRecord(message, envelope) };
    }
    const kept = storable(fields, "the record");
    if (type === "session_meta" && this.#meta === null) this.#meta = fields;
    else if (type === "prompt_history") this.#prompts.push(kept);
    else if (type === "compaction") {
      if (this.#compaction !== undefined) this.#kept.keep({ type, ...(this.#compaction as JsonObject) });
      this.#compaction = kept;
    } else this.#kept.keep(record);
    return null;
  }

  fields(): SnapshotFields & SessionDates {
    const header: JsonObject = {
      ...this.#meta,
      ...(this.#compaction === undefined ? {} : { compaction: this.#compaction }),
      ...(this.#prompts.length === 0 ? {} : { prompt_history: this.#prompts }),
    };
    const fields = clawFields(this.#file, header, this.#tokens);
    return { ...fields, state: { ...fields.state, ...this.#kept.state } };
  }
}
