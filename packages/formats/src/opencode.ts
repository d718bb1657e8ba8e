import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { compareCodePoints } from "@agent-sessions/core/backend";
import { ForeignFields } from "./foreign-fields.js";
import { latest, msOf, timeOfMs } from "./foreign-time.js";
import { isObject, memberOf } from "./json-object.js";
import { withRecord } from "./kept-records.js";
import { LEADS_OUT, leadsOutOf } from "./leads-out-of.js";
import { leftover } from "./leftover.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, sourceFacts, type TimedMessage } from "./new-snapshot.js";
import { parseForeignJson, parseForeignObject } from "./parse-foreign-json.js";
import { problemOf } from "./problem.js";
import { datesOf } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import { SourceFile } from "./source-file.js";
import { systemCodeOf } from "./system-error.js";
import { COUNTERS, TokenSum } from "./token-sum.js";

/**
 * opencode, both ways that it leaves sessions: an export, `{ info, messages: [{ info, parts }] }`, and the storage folder of versions
 * before 1.2, with `session/<project>/<id>.json`, `message/<session>/<id>.json` and `part/<message>/<id>.json`.
 *
 * | there | here |
 * |---|---|
 * | `info.id`, `info.title`, `info.parentID` | `id`, `title`, `parent.id` |
 * | `info.time.created`, `info.time.updated` | `createdAt`, `updatedAt` |
 * | `info.directory`, the last `modelID` of a message | `metadata.cwd`, `metadata.model` |
 * | the `info` of a message, and its `parts` | the message, and its `content` |
 * | its `time.created` | the entry's `at` too |
 * | its `tokens`, added up (those of the session are 0 in many exports) | `usage` |
 * | every other key of `info` | `state`, under the same key |
 * | what stands beside `info` | `$record` of the message, or of `state` |
 * | `todo/<session>.json`, `session_diff/<session>.json` of the storage | `state.$todo`, `state.$session_diff` |
 *
 * In the storage folder a session's messages are read when it is; messages of sessions that are not there are reported, and links that
 * lead out of the folder are reported and not followed.
 *
 * @see https://github.com/sst/opencode `packages/opencode/src/session`
 */
export const opencode: SessionFormat = {
  name: "opencode",

  async recognise(file: SourceFile): Promise<Recognition> {
    const document = await file.documentStart();
    if (isObject(document["info"]) && "id" in document["info"] && "messages" in document)
      return leftover(file, null, "");
    const isStored =
      /^ses_/.test(String(document["id"])) && isObject(document["time"]) && !("messages" in document);
    if (isStored) return leftover(file, null, "");
    if ("sessionID" in document && "role" in document) return PART_OF("message");
    return "messageID" in document && "id" in document ? PART_OF("part of a message") : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const { info, messages, ...rest } = parseForeignObject(await file.text());
    if (isObject(info) && Array.isArray(messages)) {
      yield snapshotOf(file, info, rest, messages as readonly JsonValue[]);
    } else if (info === undefined) {
      yield* readStored(file);
    } else {
      throw new MalformedFileError("has no info, or no array of messages");
    }
  },

  folder: {
    async recognise(folder: string): Promise<boolean> {
      return (await isFolder(path.join(folder, "session"))) && (await isFolder(path.join(folder, "message")));
    },

    async *read(folder: string): AsyncGenerator<ReadItem> {
      const ids = new Set<string>();
      for (const project of await namesIn(path.join(folder, "session"))) {
        for (const name of await namesIn(path.join(folder, "session", project))) {
          ids.add(path.parse(name).name);
          yield* readGuarded(path.join(folder, "session", project, name));
        }
      }
      for (const id of await namesIn(path.join(folder, "message"))) {
        if (ids.has(id)) continue;
        yield damageAt(path.join(folder, "message", id), "holds messages of a session that is not there");
      }
      for (const kind of BESIDE_SESSION) {
        for (const name of await namesIn(path.join(folder, kind))) {
          if (ids.has(path.parse(name).name)) continue;
          const reason = "belongs to a session that is not there";
          yield { part: { path: path.join(folder, kind, name), line: null, reason } };
        }
      }
    },
  },
};

/** What the storage keeps of a session in files of their own, by folder. */
const BESIDE_SESSION = ["todo", "session_diff"];

const PART_OF = (what: string): Recognition => ({
  notASession: `is a ${what} of an opencode session; name the storage folder, or the session's file, to read it`,
});

/** One session that is damaged must not end the reading of the others. */
async function* readGuarded(filePath: string): AsyncGenerator<ReadItem> {
  try {
    yield* readStored(await storedFile(filePath, path.join(path.dirname(filePath), "..", "..")));
  } catch (error) {
    yield damageAt(filePath, problemOf(error).reason);
  }
}

async function storedFile(filePath: string, storage: string): Promise<SourceFile> {
  const file = await SourceFile.at(filePath);
  if (!file.isRegular) throw new MalformedFileError("is not a regular file");
  if (await leadsOutOf(storage, filePath)) throw new MalformedFileError(LEADS_OUT);
  return file;
}

function damageAt(where: string, reason: string): ReadItem {
  return { damage: { path: where, line: null, reason } };
}

/** A session of the storage folder: its messages and their parts lie in files of their own. */
async function* readStored(file: SourceFile): AsyncGenerator<ReadItem> {
  const info = parseForeignObject(await file.text());
  const storage = path.join(path.dirname(file.path), "..", "..");
  const faults: ReadItem[] = [];
  const messages: JsonObject[] = [];
  for (const [id, message] of await objectsIn(path.join(storage, "message", file.stem), storage, faults)) {
    const parts = await objectsIn(path.join(storage, "part", id), storage, faults);
    messages.push({ info: message, parts: parts.map(([, part]) => part) });
  }
  const createdAt = (message: JsonObject): number => {
    const created = memberOf(memberOf(message["info"], "time"), "created");
    return typeof created === "number" ? created : 0;
  };
  // Their ids ascend with time, but for those of old versions.
  messages.sort((a, b) => createdAt(a) - createdAt(b));
  const beside = await documentsBeside(storage, file.stem, faults);
  yield snapshotOf(file, { ...info, ...beside }, {}, messages);
  yield* faults;
}

/** What lies in the storage about one session besides its messages, under the folder's name. */
async function documentsBeside(storage: string, id: string, faults: ReadItem[]): Promise<JsonObject> {
  const documents: [string, JsonValue][] = [];
  for (const kind of BESIDE_SESSION) {
    const where = path.join(storage, kind, `${id}.json`);
    try {
      const file = await storedFile(where, storage);
      documents.push([`$${kind}`, parseForeignJson(await file.text())]);
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") continue;
      faults.push({ part: { path: where, line: null, reason: problemOf(error).reason } });
    }
  }
  return Object.fromEntries(documents);
}

/** The JSON objects of a folder's files with the files' stems, by name; those that cannot be read are told. */
async function objectsIn(
  folder: string,
  storage: string,
  faults: ReadItem[],
): Promise<readonly (readonly [stem: string, object: JsonObject])[]> {
  const objects: [string, JsonObject][] = [];
  for (const name of await namesIn(folder)) {
    try {
      const file = await storedFile(path.join(folder, name), storage);
      objects.push([file.stem, parseForeignObject(await file.text())]);
    } catch (error) {
      faults.push({ part: { path: path.join(folder, name), line: null, reason: problemOf(error).reason } });
    }
  }
  return objects;
}

function snapshotOf(
  file: SourceFile,
  info: JsonObject,
  rest: JsonObject,
  messages: readonly JsonValue[],
): ReadItem {
  const fields = new ForeignFields(withRecord(info, rest));
  const id = fields.requiredText("id");
  const tokens = new TokenSum();
  let model: string | undefined;
  const timed = messages.map((message, index): TimedMessage => {
    const own = memberOf(message, "info");
    if (!isObject(own)) throw new MalformedFileError(`messages[${index}] has no info`);
    tokens.add(own["tokens"], USAGE);
    tokens.add(memberOf(own["tokens"], "cache"), CACHE_USAGE);
    if (typeof own["modelID"] === "string" && own["modelID"].length <= 512)
      model = own["modelID"].toWellFormed();
    const { info: _info, parts, ...others } = message as JsonObject;
    const at = timeOfMs(memberOf(own["time"], "created"));
    return { at, message: withRecord({ ...own, content: parts ?? [] }, others) };
  });
  const time = fields.peek("time");
  const createdAt = timeOfMs(memberOf(time, "created")) ?? timed[0]?.at ?? null;
  const updatedAt = latest(timeOfMs(memberOf(time, "updated")), ...timed.map(({ at }) => at));
  if (isObject(time) && Object.entries(time).every(([key, ms]) => isTaken(key, ms))) fields.take("time");
  const dates = datesOf(file, createdAt, updatedAt);
  const snapshot = newSnapshot(
    {
      id,
      title: fields.text("title"),
      metadata: { ...sourceFacts("opencode", id, file.stem), cwd: fields.fact("directory"), model },
      usage: tokens.usage,
      parentId: fields.text("parentID"),
      state: fields.rest,
      ...dates,
    },
    timed,
  );
  return { snapshot, isDatedByFile: dates.isDatedByFile };
}

/** Whether a time of a session is held by its head. */
function isTaken(key: string, ms: JsonValue | undefined): boolean {
  const iso = timeOfMs(ms);
  return (key === "created" || key === "updated") && iso !== null && msOf(iso) === ms;
}

const USAGE = { input: COUNTERS.input, output: COUNTERS.output, reasoning: COUNTERS.reasoning };
const CACHE_USAGE = { read: COUNTERS.cacheRead, write: COUNTERS.cacheWrite };

async function isFolder(where: string): Promise<boolean> {
  return await stat(where).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** What a folder holds, by name, but for hidden files; nothing when it is not there. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => !name.startsWith(".")).toSorted(compareCodePoints);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
