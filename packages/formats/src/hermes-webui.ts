import { readFile } from "node:fs/promises";
import path from "node:path";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { latest, secondsOf, timeOfSeconds, timeOfText } from "./foreign-time.js";
import { isObject, memberOf } from "./json-object.js";
import { leftover } from "./leftover.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { parseForeignJson, parseForeignObject } from "./parse-foreign-json.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { COUNTERS } from "./token-sum.js";

/**
 * `sessions/<id>.json` of hermes-webui, its exports `hermes-<id>.json`, and the agent's older `session_<date>_<hex>.json`. The index
 * beside them (`_index.json`) is a cache that can be out of date, and is never read.
 *
 * | there | here |
 * |---|---|
 * | `session_id`, `title`, `pinned`, `archived`, `parent_session_id` | `id`, `title`, `pinned`, `archived`, `parent.id` |
 * | `created_at`, `updated_at` (seconds); `session_start`, `last_updated` of the agent | `createdAt`, `updatedAt`; finer ones stay in `state` too |
 * | `input_tokens`, `output_tokens`, `cache_read_tokens`, `cache_write_tokens`, `reasoning_tokens` | `usage` |
 * | `workspace`, `model`, `profile`, `project_id` | `metadata.cwd`, `.model`, `.profile`, `.projectId` |
 * | the project's row in `../projects.json` | `state.project`, and its name as `metadata.project` |
 * | `messages[n]` | the message, all its fields; its `timestamp` or `_ts` is the entry's `at` too |
 * | every other key (`tool_calls`, `estimated_cost`, …) | `state`, under the same key |
 *
 * @see https://github.com/nesquena/hermes-webui `api/models.py`
 */
export const hermesWebui: SessionFormat = {
  name: "hermes-webui",

  async recognise(file: SourceFile): Promise<Recognition> {
    if (file.name === "_index.json")
      return { notASession: "is hermes-webui's index, a cache of the sessions beside it" };
    if (file.name === "projects.json" && /^\s*\[\s*\{\s*"project_id"/.test(await file.start())) {
      return {
        notASession: "holds hermes-webui's projects; they come in with the sessions that belong to them",
      };
    }
    const document = await file.documentStart();
    if (!("session_id" in document && "messages" in document) || "type" in document) return "unknown";
    if (!isOwn(document)) return "unknown";
    if (file.name.startsWith("_")) return { notASession: "is a file that hermes-webui keeps for itself" };
    return leftover(file, null, "");
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const { messages, ...head } = parseForeignObject(await file.text());
    if (!Array.isArray(messages)) throw new MalformedFileError("has no array of messages");
    const fields = new ForeignFields(head);
    const id = fields.text("session_id");
    if (id === undefined) throw new MalformedFileError("has no session_id that is a text");
    const timed = (messages as readonly JsonValue[]).map((message, index): TimedMessage => {
      if (!isObject(message)) throw new MalformedFileError(`messages[${index}] is not an object`);
      return { at: timeOfMessage(message), message };
    });
    const times = timesOf(fields, timed);
    const project = await projectOf(file, fields.peek("project_id"));
    const snapshot = newSnapshot(
      {
        id,
        title: fields.text("title"),
        metadata: {
          ...sourceFacts("hermes-webui", id, file.stem),
          cwd: fields.fact("workspace"),
          model: fields.fact("model"),
          profile: fields.fact("profile"),
          projectId: fields.fact("project_id"),
          project: nameOf(project),
        },
        usage: usageOf(fields),
        pinned: fields.flag("pinned"),
        archived: fields.flag("archived"),
        parentId: fields.text("parent_session_id"),
        state: { ...fields.rest, ...(project === null ? {} : { project }) },
        createdAt: times.createdAt ?? times.updatedAt ?? file.modifiedAt,
        updatedAt: times.updatedAt ?? times.createdAt ?? file.modifiedAt,
      },
      timed,
    );
    yield { snapshot, isDatedByFile: times.createdAt === null && times.updatedAt === null };
  },
};

const OWN_KEYS = [
  "title",
  "created_at",
  "updated_at",
  "workspace",
  "session_start",
  "project_id",
  "parent_session_id",
];

function isOwn(document: JsonObject): boolean {
  const { messages } = document;
  if (!Array.isArray(messages)) return OWN_KEYS.some((key) => key in document);
  const [first] = messages as readonly JsonValue[];
  if (first !== undefined) return isObject(first) && !("blocks" in first);
  return OWN_KEYS.some((key) => key in document) || !("input_tokens" in document || "version" in document);
}

/** Our counters, and what hermes-webui calls them. */
export const HERMES_USAGE: Readonly<Record<string, string>> = {
  [COUNTERS.input]: "input_tokens",
  [COUNTERS.output]: "output_tokens",
  [COUNTERS.cacheRead]: "cache_read_tokens",
  [COUNTERS.cacheWrite]: "cache_write_tokens",
  [COUNTERS.reasoning]: "reasoning_tokens",
};

function usageOf(fields: ForeignFields): Record<string, number> {
  const usage: Record<string, number> = {};
  for (const [ours, theirs] of Object.entries(HERMES_USAGE)) {
    const count = fields.count(theirs);
    if (count !== undefined) usage[ours] = count;
  }
  return usage;
}

function timesOf(
  fields: ForeignFields,
  timed: readonly TimedMessage[],
): { readonly createdAt: string | null; readonly updatedAt: string | null } {
  const createdAt =
    fields.time("created_at", timeOfSeconds, secondsOf) ??
    timeOfText(fields.peek("session_start")) ??
    timed.find(({ at }) => at !== null)?.at ??
    null;
  const updatedAt =
    fields.time("updated_at", timeOfSeconds, secondsOf) ??
    timeOfText(fields.peek("last_updated")) ??
    latest(...timed.map(({ at }) => at));
  return { createdAt, updatedAt };
}

function timeOfMessage(message: JsonObject): string | null {
  const own = timeOfSeconds(message["timestamp"]) ?? timeOfSeconds(message["_ts"]);
  return own ?? timeOfText(message["timestamp"]);
}

/** The row of a session's project; null when there is none, or the list cannot be read: the id is kept anyway. */
async function projectOf(file: SourceFile, projectId: JsonValue | undefined): Promise<JsonObject | null> {
  if (typeof projectId !== "string") return null;
  try {
    const text = await readFile(path.join(path.dirname(file.path), "..", "projects.json"), "utf8");
    const rows = parseForeignJson(text);
    const row = Array.isArray(rows)
      ? (rows as readonly JsonValue[]).find((one) => memberOf(one, "project_id") === projectId)
      : undefined;
    return isObject(row) ? row : null;
  } catch {
    return null;
  }
}

function nameOf(project: JsonObject | null): string | undefined {
  const name = project?.["name"];
  return typeof name === "string" && name.length <= 512 ? name.toWellFormed() : undefined;
}
