import path from "node:path";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { latest, timeOfMs, timeOfText } from "./foreign-time.js";
import { isObject } from "./json-object.js";
import { KeptRecords, withRecord } from "./kept-records.js";
import { type SnapshotFields, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { type RecordReader, readLog } from "./record-log.js";
import { datesOf, type SessionDates } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { COUNTERS, TokenSum } from "./token-sum.js";

/**
 * `<time>_<id>.jsonl` of pi, versions 1 to 3: a header of type `session`, then entries. From version 2 on they form a tree by `id` and
 * `parentId`; every branch comes in, in the order of the file.
 *
 * | there | here |
 * |---|---|
 * | the header's `id` (default: the file's stem behind its last `_`) | `id` |
 * | the header's `timestamp` | `createdAt` |
 * | `parentSession`, `branchedFrom`: the path of a file | `parent.id`: the stem behind its last `_`; the path stays in `state` |
 * | `cwd`, the last model | `metadata.cwd`, `.model` |
 * | the rest of the header | `state`, under the same keys |
 * | an entry of type `message`: its message | the message, all its fields; role `toolResult` becomes `tool` |
 * | the rest of the entry: `id`, `parentId`, `timestamp` | `$record` of the message |
 * | `message.usage` | `usage`: the sum over all branches |
 * | the last `session_info`'s `name` | `title` |
 * | every other entry: `compaction`, `branch_summary`, `label`, `custom`, … | `state.$records`: `{ after, record }` |
 *
 * @see https://github.com/badlogic/pi-mono `packages/coding-agent`, `SessionManager`
 */
export const pi: SessionFormat = {
  name: "pi",

  async recognise(file: SourceFile): Promise<Recognition> {
    return (await file.firstRecords()).some(hasMarks) ? "session" : "unknown";
  },

  read(file: SourceFile): AsyncIterable<ReadItem> {
    return readLog(file, () => new PiReader(file));
  },
};

function hasMarks(record: JsonObject): boolean {
  const { type, message } = record;
  if (type === "session") return "id" in record && "timestamp" in record;
  const isMessage = type === "message" && isObject(message) && "role" in message && !("blocks" in message);
  return isMessage && "timestamp" in record && !("sessionId" in record);
}

class PiReader implements RecordReader {
  readonly #file: SourceFile;
  readonly #kept = new KeptRecords();
  readonly #tokens = new TokenSum();
  #header: ForeignFields | null = null;
  #title: string | undefined;
  #model: string | undefined;
  #first: string | null = null;
  #last: string | null = null;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  take(record: JsonObject): TimedMessage | null {
    const { type, message, ...envelope } = record;
    if (type === "session" && this.#header === null) {
      this.#header = new ForeignFields(record);
      return null;
    }
    const at = timeOfText(record["timestamp"]) ?? timeOfMs(record["timestamp"]);
    this.#first ??= at;
    this.#last = latest(this.#last, at);
    if (type === "message" && isObject(message)) {
      this.#kept.pass();
      this.#tokens.add(message["usage"], USAGE);
      this.#noteModel(message["model"]);
      const role = message["role"] === "toolResult" ? "tool" : message["role"];
      return { at, message: withRecord({ ...message, role }, envelope) };
    }
    this.#kept.keep(record);
    const { name } = record;
    if (type === "session_info" && typeof name === "string") this.#title = name.toWellFormed();
    if (type === "model_change") this.#noteModel(record["modelId"]);
    return null;
  }

  fields(): SnapshotFields & SessionDates {
    const { stem } = this.#file;
    const header = this.#header ?? new ForeignFields({});
    header.take("type");
    const idInName = idOf(stem);
    const id = header.text("id") ?? idInName;
    const createdAt = timeOfText(header.peek("timestamp"));
    if (createdAt !== null && createdAt === header.peek("timestamp")) header.take("timestamp");
    const parentPath = header.peek("parentSession") ?? header.peek("branchedFrom");
    const cwd = header.fact("cwd");
    return {
      id,
      title: this.#title,
      metadata: {
        // The file is named after its time too.
        ...sourceFacts("pi", id, idInName === id ? id : stem),
        cwd,
        model: this.#model ?? this.#modelOf(header.peek("modelId")),
      },
      usage: this.#tokens.usage,
      parentId:
        typeof parentPath === "string" ? idOf(path.parse(parentPath.replaceAll("\\", "/")).name) : null,
      state: { ...header.rest, ...this.#kept.state },
      ...datesOf(this.#file, createdAt ?? this.#first, latest(this.#last, createdAt)),
    };
  }

  #noteModel(value: JsonValue | undefined): void {
    this.#model = this.#modelOf(value) ?? this.#model;
  }

  #modelOf(value: JsonValue | undefined): string | undefined {
    return typeof value === "string" && value !== "" && value.length <= 512
      ? value.toWellFormed()
      : undefined;
  }
}

const USAGE = {
  input: COUNTERS.input,
  output: COUNTERS.output,
  cacheRead: COUNTERS.cacheRead,
  cacheWrite: COUNTERS.cacheWrite,
};

/** The id in a file's name: what follows its last underscore. */
function idOf(stem: string): string {
  return stem.slice(stem.lastIndexOf("_") + 1);
}
