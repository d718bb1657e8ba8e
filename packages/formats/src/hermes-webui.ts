import path from "node:path";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { latest, secondsOf, timeOfSeconds, timeOfText } from "./foreign-time.js";
import { isObject, memberOf } from "./json-object.js";
import { leftover } from "./leftover.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { parseForeignJson, parseForeignObject } from "./parse-foreign-json.js";
import { problemOf } from "./problem.js";
import { requiredObjects } from "./required-member.js";
import { datesOf, type SessionDates } from "./session-dates.js";
import type { Damage, ReadItem, Recognition, SessionFormat } from "./session-format.js";
import { SourceFile } from "./source-file.js";
import { systemCodeOf } from "./system-error.js";
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
 * | the project's row in `../projects.json` | `state.$project`, and its name as `metadata.project` |
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
    const document = parseForeignObject(await file.text());
    const { messages: _messages, ...head } = document;
    const fields = new ForeignFields(head);
    const id = fields.requiredText("session_id");
    const timed = requiredObjects(document, "messages").map((message): TimedMessage => {
      return { at: timeOfMessage(message), message };
    });
    const dates = readDates(file, fields, timed);
    const { project, fault } = await projectOf(file, fields.peek("project_id"));
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
        state: { ...fields.rest, ...(project === null ? {} : { $project: project }) },
        ...dates,
      },
      timed,
    );
    yield { snapshot, isDatedByFile: dates.isDatedByFile };
    if (fault !== null) yield { part: fault };
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

function readDates(file: SourceFile, fields: ForeignFields, timed: readonly TimedMessage[]): SessionDates {
  const createdAt =
    fields.time("created_at", timeOfSeconds, secondsOf) ??
    timeOfText(fields.peek("session_start")) ??
    timed.find(({ at }) => at !== null)?.at ??
    null;
  const updatedAt =
    fields.time("updated_at", timeOfSeconds, secondsOf) ??
    timeOfText(fields.peek("last_updated")) ??
    latest(...timed.map(({ at }) => at));
  return datesOf(file, createdAt, updatedAt);
}

function timeOfMessage(message: JsonObject): string | null {
  const own = timeOfSeconds(message["timestamp"]) ?? timeOfSeconds(message["_ts"]);
  return own ?? timeOfText(message["timestamp"]);
}

/** The row of a session's project, null when there is none; and why the list of projects cannot be read. */
async function projectOf(
  file: SourceFile,
  projectId: JsonValue | undefined,
): Promise<{ readonly project: JsonObject | null; readonly fault: Damage | null }> {
  const list = path.join(path.dirname(file.path), "..", "projects.json");
  try {
    const rows = typeof projectId === "string" ? await readProjects(list) : [];
    const row = rows.find((one) => memberOf(one, "project_id") === projectId);
    return { project: isObject(row) ? row : null, fault: null };
  } catch (error) {
    const { line, reason } = problemOf(error);
    return { project: null, fault: { path: list, line, reason } };
  }
}

/**
 * The rows of `projects.json`; none when it is not there.
 * @throws {MalformedFileError} when it is not a JSON array, and what the file system throws
 */
export async function readProjects(list: string): Promise<readonly JsonValue[]> {
  let file: SourceFile;
  try {
    file = await SourceFile.at(list);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  }
  const rows = file.isRegular ? parseForeignJson(await file.text()) : null;
  if (Array.isArray(rows)) return rows as readonly JsonValue[];
  throw new MalformedFileError("is not a list of projects");
}

function nameOf(project: JsonObject | null): string | undefined {
  const name = project?.["name"];
  return typeof name === "string" && name.length <= 512 ? name.toWellFormed() : undefined;
}
