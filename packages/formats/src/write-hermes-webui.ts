import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import {
  type Entry,
  InvalidInputError,
  type JsonObject,
  type JsonValue,
  type Message,
  type SessionHead,
  type SessionSnapshot,
} from "@agent-sessions/core";
import { compareCodePoints } from "@agent-sessions/core/backend";
import { secondsOf, timeOfSeconds } from "./foreign-time.js";
import { type ForeignValue, keepable, SourceText, withSources } from "./foreign-value.js";
import { HERMES_USAGE, readProjects } from "./hermes-webui.js";
import { isObject, memberOf } from "./json-object.js";
import { replaceFile } from "./new-file.js";
import { oneLine } from "./new-snapshot.js";
import { parseForeignJson } from "./parse-foreign-json.js";
import { problemOf } from "./problem.js";
import {
  countersBut,
  fileStemOf,
  headNotHeld,
  isFrom,
  messagesOf,
  type SessionWriter,
  UnwritableError,
  type WrittenForm,
} from "./session-writer.js";
import { SourceFile } from "./source-file.js";
import { writeForeignJson } from "./write-foreign-json.js";

/**
 * `sessions/<id>.json` as hermes-webui writes it, then a fresh `sessions/_index.json` of all that lie there, and the sessions' projects
 * added to `projects.json`: the folder is the program's state directory.
 *
 * @see hermes-webui.ts for the mapping
 */
export const hermesWebuiWriter: SessionWriter = {
  async form(snapshot: SessionSnapshot): Promise<WrittenForm> {
    const { head } = snapshot;
    const stem = fileStemOf(
      head,
      /^[0-9A-Za-z_-]{1,200}$/,
      "1 to 200 letters, digits, underscores and hyphens",
    );
    const isOwn = isFrom(head, "hermes-webui");
    const messages = (await messagesOf(snapshot)).map((entry) => webuiMessage(entry, isOwn));
    return {
      path: `sessions/${stem}.json`,
      content: [writeForeignJson(document(head, messages, isOwn), STYLE)],
      notHeld: [
        ...headNotHeld(head, {
          title: true,
          flags: true,
          parent: true,
          usage: true,
          metadata: ["cwd", "model", "profile", "projectId", "project"],
          state: isOwn ? null : [],
        }),
        ...countersBut(head, Object.keys(HERMES_USAGE)),
      ],
    };
  },

  async prepare(folder: string): Promise<void> {
    // It is added to at the end, and what cannot be read cannot be kept.
    await projectsIn(path.join(folder, "projects.json"));
  },

  async finish(folder: string, heads: readonly SessionHead[]): Promise<void> {
    await writeIndex(path.join(folder, "sessions"));
    await addProjects(path.join(folder, "projects.json"), heads);
  },
};

const STYLE = { indent: 2, isAscii: false, isSorted: false };
const ROLES = ["user", "assistant", "system", "tool"];

function webuiMessage({ seq, at, message }: Entry<Message>, isOwn: boolean): ForeignValue {
  if (isOwn) return withSources(message);
  const { role, content = null } = message;
  if (typeof role !== "string" || !ROLES.includes(role)) {
    throw new UnwritableError(
      `its message ${seq} has the role ${JSON.stringify(role)}, which hermes-webui does not know`,
    );
  }
  if (typeof content !== "string" && content !== null && !Array.isArray(content)) {
    throw new UnwritableError(`its message ${seq} has content that is no text and no list of parts`);
  }
  return { ...withSources({ ...message, content }), timestamp: message["timestamp"] ?? secondsOf(at) };
}

/** Every key of the program's own, in its order, with what a new session has there. */
const DEFAULTS: JsonObject = {
  session_id: null,
  title: "",
  workspace: "",
  model: "unknown",
  messages: [],
  tool_calls: [],
  created_at: 0,
  updated_at: 0,
  pinned: false,
  archived: false,
  project_id: null,
  profile: null,
  input_tokens: 0,
  output_tokens: 0,
  estimated_cost: null,
  personality: null,
  active_stream_id: null,
  pending_user_message: null,
  pending_attachments: [],
  pending_started_at: null,
  compression_anchor_visible_idx: null,
  compression_anchor_message_key: null,
};

function document(
  head: SessionHead,
  messages: readonly ForeignValue[],
  isOwn: boolean,
): { readonly [key: string]: ForeignValue | undefined } {
  const { $project: _project, ...state } = isOwn ? withSources(head.state) : {};
  const { cwd, model, profile, projectId } = head.metadata;
  const known: Record<string, ForeignValue | undefined> = {
    ...state,
    session_id: head.id,
    title: titleToWrite(head, state["title"]),
    messages,
    created_at: seconds(head.state["created_at"], head.createdAt),
    updated_at: seconds(head.state["updated_at"], head.updatedAt),
    pinned: head.pinned,
    archived: head.archived,
    ...counts(head),
  };
  const facts = { workspace: cwd, model, profile, project_id: projectId, parent_session_id: head.parent?.id };
  for (const [key, fact] of Object.entries(facts)) if (fact !== undefined) known[key] ??= fact;
  if ("message_count" in known) known["message_count"] = messages.length;
  // A file of the program has the keys that it has, be it as old as it may; a new one gets them all.
  const ordered = Object.entries(DEFAULTS).filter(([key]) => !isOwn || key in known);
  return {
    ...Object.fromEntries(ordered.map(([key, value]) => [key, known[key] ?? (value as ForeignValue)])),
    ...known,
  };
}

function counts(head: SessionHead): Record<string, ForeignValue> {
  const counted: Record<string, ForeignValue> = {};
  for (const [ours, theirs] of Object.entries(HERMES_USAGE)) {
    const count = head.usage[ours];
    // What was no count is kept in `state` as it was.
    if (count !== undefined && !Object.hasOwn(head.state, theirs)) counted[theirs] = count;
  }
  return counted;
}

/** The title as it was read, where ours is a cleaned one and still the same. */
function titleToWrite(head: SessionHead, written: ForeignValue | undefined): ForeignValue {
  const original = head.state["title"];
  return typeof original === "string" && oneLine(original) === head.title
    ? (written ?? head.title)
    : head.title;
}

/** A time in seconds: the finer one that was read, as long as it is still the session's. */
function seconds(written: JsonValue | undefined, iso: string): ForeignValue {
  return asFloat(typeof written === "number" && timeOfSeconds(written) === iso ? written : secondsOf(iso));
}

/** A number as Python writes a float. */
function asFloat(value: JsonValue): ForeignValue {
  return Number.isInteger(value) ? new SourceText(`${String(value)}.0`) : value;
}

const INDEX_KEYS = Object.keys(DEFAULTS).filter(
  (key) => !["messages", "tool_calls", "active_stream_id"].includes(key) && !key.startsWith("pending_"),
);

/** The index is made anew from every session that lies there, so that none is missing and none is a ghost. */
async function writeIndex(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rows: { readonly updatedAt: number; readonly row: ForeignValue }[] = [];
  for (const name of (await readdir(folder)).toSorted(compareCodePoints)) {
    if (!name.endsWith(".json") || /^[_.]/.test(name)) continue;
    const session = await readJson(path.join(folder, name));
    if (!isObject(session) || !Array.isArray(session["messages"])) continue;
    const { length } = session["messages"];
    const updated = session["updated_at"];
    const members = INDEX_KEYS.flatMap((key) => {
      const own = session[key] ?? DEFAULTS[key] ?? null;
      const value = key === "created_at" || key === "updated_at" ? asFloat(own) : own;
      return key === "model"
        ? [
            [key, value],
            ["message_count", length],
          ]
        : [[key, value]];
    });
    rows.push({
      updatedAt: typeof updated === "number" ? updated : 0,
      row: Object.fromEntries(members) as { readonly [key: string]: ForeignValue },
    });
  }
  rows.sort((a, b) => b.updatedAt - a.updatedAt);
  await replaceFile(
    path.join(folder, "_index.json"),
    writeForeignJson(
      rows.map(({ row }) => row),
      STYLE,
    ),
  );
}

async function addProjects(file: string, heads: readonly SessionHead[]): Promise<void> {
  const rows = [...(await projectsIn(file))];
  const ids = new Set(rows.map((row) => memberOf(row, "project_id")));
  const before = rows.length;
  for (const { state } of heads) {
    const { $project: project } = state;
    if (!isObject(project) || ids.has(project["project_id"])) continue;
    ids.add(project["project_id"]);
    rows.push(project);
  }
  if (rows.length > before) await replaceFile(file, writeForeignJson(withSourcesOf(rows), STYLE));
}

/** @throws {InvalidInputError} INVALID_OPTIONS when the list cannot be read, and so not be added to */
async function projectsIn(file: string): Promise<readonly JsonValue[]> {
  try {
    return await readProjects(file);
  } catch (cause) {
    const problem = `${file} ${problemOf(cause).reason}. Mend it, move it away, or write into another folder.`;
    throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "folder", cause });
  }
}

/** What was parsed, with the source text of what JavaScript cannot hold. */
function withSourcesOf(value: JsonValue): ForeignValue {
  return withSources(keepable({ value }))["value"] ?? null;
}

/** The JSON in a file; null when there is none that can be read: the program shows no such session either. */
async function readJson(file: string): Promise<ForeignValue> {
  try {
    return withSourcesOf(parseForeignJson(await (await SourceFile.at(file)).text()));
  } catch (error) {
    problemOf(error);
    return null;
  }
}
