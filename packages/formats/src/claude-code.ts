import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { latest, timeOfText } from "./foreign-time.js";
import { keepable } from "./foreign-value.js";
import { isObject, memberOf } from "./json-object.js";
import { KeptRecords, withRecord } from "./kept-records.js";
import { type SnapshotFields, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { type RecordReader, readLog } from "./record-log.js";
import { datesOf, type SessionDates } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { COUNTERS, TokenSum } from "./token-sum.js";

/**
 * `~/.claude/projects/<folder>/<session id>.jsonl` of Claude Code, and `agent-<id>.jsonl` beside it, the log of a subagent.
 *
 * | there | here |
 * |---|---|
 * | the file's stem when a record bears it as `sessionId`, or it is a subagent's; else the last `sessionId` | `id` |
 * | `sessionId` of a subagent's records | `parent.id` |
 * | records with a `message`: the message | the message, all its fields |
 * | the rest of such a record: `uuid`, `parentUuid`, `isSidechain`, `toolUseResult`, … | `$record` of the message |
 * | `timestamp` | the entry's `at`; it stays in `$record` too, because times go back and ours do not |
 * | `custom-title`, `ai-title` and `title` records; a `summary` whose `leafUuid` is a message of this file | `title` |
 * | `message.usage`, the last of each `message.id` (one reply spans many records) | `usage` |
 * | `cwd`, `gitBranch`, `version`, the last `message.model` | `metadata.cwd`, `.gitBranch`, `.version`, `.model` |
 * | every other record | `state.$records`: `{ after, record }`, `after` so many messages |
 *
 * @see https://github.com/nesquena/hermes-webui which imports the same files; the format itself is not published
 */
export const claudeCode: SessionFormat = {
  name: "claude-code",

  async recognise(file: SourceFile): Promise<Recognition> {
    return (await file.firstRecords()).some(hasMarks) ? "session" : "unknown";
  },

  read(file: SourceFile): AsyncIterable<ReadItem> {
    return readLog(file, () => new ClaudeCodeReader(file));
  },
};

function hasMarks(record: JsonObject): boolean {
  const { type } = record;
  if (typeof type !== "string") return false;
  if ("sessionId" in record) return "uuid" in record || "message" in record || type === "queue-operation";
  return (type === "summary" && "leafUuid" in record) || ("messageId" in record && "snapshot" in record);
}

const TITLES: Readonly<Record<string, string>> = {
  "custom-title": "customTitle",
  "ai-title": "aiTitle",
  title: "title",
};

class ClaudeCodeReader implements RecordReader {
  readonly #file: SourceFile;
  readonly #kept = new KeptRecords();
  readonly #usage = new Map<string, JsonValue>();
  readonly #uuids = new Set<string>();
  readonly #summaries: { readonly leaf: JsonValue | undefined; readonly text: string }[] = [];
  readonly #facts: Record<string, string> = {};
  #title: string | undefined;
  #bearsStem = false;
  #sessionId: string | undefined;
  #first: string | null = null;
  #last: string | null = null;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  take(record: JsonObject): TimedMessage | null {
    const at = timeOfText(record["timestamp"]);
    this.#learn(record, at);
    const { message, ...envelope } = record;
    if (!isObject(message) || !("role" in message || "content" in message)) {
      this.#kept.keep(record);
      this.#learnTitle(record);
      return null;
    }
    this.#kept.pass();
    const { id, usage, model } = message;
    if (usage !== undefined) this.#usage.set(typeof id === "string" ? id : `#${this.#usage.size}`, usage);
    if (typeof model === "string" && model !== "<synthetic>") this.#facts["model"] = model;
    return { at, message: withRecord(message, envelope) };
  }

  fields(): SnapshotFields & SessionDates {
    const { stem } = this.#file;
    const isSubagent = stem.startsWith("agent-") && !this.#bearsStem && this.#sessionId !== undefined;
    const id = this.#bearsStem || isSubagent ? stem : (this.#sessionId ?? stem);
    const tokens = new TokenSum();
    for (const usage of this.#usage.values()) tokens.add(usage, USAGE);
    return {
      id,
      title: this.#title ?? this.#summaries.findLast(({ leaf }) => this.#uuids.has(String(leaf)))?.text,
      metadata: { ...sourceFacts("claude-code", id, stem), ...this.#facts },
      usage: tokens.usage,
      parentId: isSubagent ? this.#sessionId : null,
      state: this.#kept.state,
      ...datesOf(this.#file, this.#first, this.#last),
    };
  }

  #learn(record: JsonObject, at: string | null): void {
    if (at !== null && (this.#first === null || at < this.#first)) this.#first = at;
    this.#last = latest(this.#last, at);
    const { uuid, sessionId } = record;
    if (typeof uuid === "string") this.#uuids.add(uuid);
    if (typeof sessionId === "string" && sessionId !== "") {
      this.#sessionId = sessionId;
      this.#bearsStem ||= sessionId === this.#file.stem;
    }
    for (const key of ["cwd", "gitBranch", "version"]) {
      const fact = record[key];
      if (typeof fact === "string" && fact !== "" && fact.length <= 512)
        this.#facts[key] = fact.toWellFormed();
    }
  }

  #learnTitle(record: JsonObject): void {
    const { type, summary, leafUuid } = record;
    const title = keepable({ title: memberOf(record, TITLES[String(type)] ?? "") ?? null })["title"];
    if (typeof title === "string") this.#title = title;
    if (type === "summary" && typeof summary === "string")
      this.#summaries.push({ leaf: leafUuid, text: summary.toWellFormed() });
  }
}

const USAGE = {
  input_tokens: COUNTERS.input,
  output_tokens: COUNTERS.output,
  cache_read_input_tokens: COUNTERS.cacheRead,
  cache_creation_input_tokens: COUNTERS.cacheWrite,
};
