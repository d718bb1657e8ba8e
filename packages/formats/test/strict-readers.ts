import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/**
 * What the programs that files are written for demand of them, written down once more and apart from our readers: each function reads
 * a file as strictly as its program does, and throws where that would.
 */

type Fields = Record<string, unknown>;

function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`the original reader refuses it: ${what}`);
}

function objectOf(value: unknown, what: string): Fields {
  demand(typeof value === "object" && value !== null && !Array.isArray(value), `${what} is an object`);
  return value as Fields;
}

const isAscii = (text: string): boolean => /^[\n -~]*$/.test(text);
/** Python reads and writes bare NaN. */
const parsePython = (text: string): unknown => JSON.parse(text.replaceAll(/: NaN\b/g, ': "NaN"'));
const isText = (value: unknown): boolean => typeof value === "string";
const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

/** `dataclass(**json.loads(text))` with Python's bare NaN, and the exact layout of `json.dumps(…, indent=2)`. */
export function strictClawPort(file: string): Fields {
  const text = readFileSync(file, "utf8");
  demand(isAscii(text) && !text.endsWith("\n"), "ASCII without a final newline");
  const session = objectOf(parsePython(text), "the session");
  const keys = ["session_id", "messages", "input_tokens", "output_tokens"];
  demand(Object.keys(session).slice(0, 4).join() === keys.join(), "four keys in their order");
  demand(isText(session["session_id"]), "session_id");
  demand(Array.isArray(session["messages"]) && session["messages"].every(isText), "messages are texts");
  return session;
}

const BLOCKS: Record<string, Record<string, string>> = {
  text: { text: "string" },
  thinking: { thinking: "string" },
  tool_use: { id: "string", name: "string", input: "string" },
  tool_result: { tool_use_id: "string", tool_name: "string", output: "string", is_error: "boolean" },
};

function clawMessage(value: unknown): void {
  const message = objectOf(value, "a message");
  demand(["system", "user", "assistant", "tool"].includes(String(message["role"])), "a known role");
  demand(Array.isArray(message["blocks"]), "blocks");
  for (const block of message["blocks"] as unknown[]) {
    const fields = objectOf(block, "a block");
    const wanted = BLOCKS[String(fields["type"])];
    demand(wanted !== undefined, "a known type of block");
    for (const [key, type] of Object.entries(wanted))
      demand(typeof fields[key] === type, `${key} of a block`);
  }
  if (message["usage"] === undefined) return;
  const usage = objectOf(message["usage"], "usage");
  for (const key of [
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
  ])
    demand(isWhole(usage[key]) && (usage[key] as number) < 2 ** 32, `usage.${key}`);
}

function clawHeader(header: Fields, needsAll: boolean): void {
  demand(isWhole(header["version"]), "version");
  for (const key of ["session_id", "model", "workspace_root"])
    demand(header[key] === undefined ? key !== "session_id" || !needsAll : isText(header[key]), key);
  for (const key of ["created_at_ms", "updated_at_ms"])
    demand(header[key] === undefined ? key !== "updated_at_ms" || !needsAll : isWhole(header[key]), key);
  if (header["fork"] === undefined) return;
  const fork = objectOf(header["fork"], "fork");
  demand(isText(fork["parent_session_id"]), "fork.parent_session_id");
  demand(fork["branch_name"] === undefined || isText(fork["branch_name"]), "fork.branch_name");
}

const isPrompt = (prompt: Fields): boolean => isText(prompt["text"]) && isWhole(prompt["timestamp_ms"]);
const isCompaction = (one: Fields): boolean =>
  isWhole(one["count"]) && isWhole(one["removed_message_count"]) && isText(one["summary"]);

/** `Session::load_from_path` for a log: any line that is not as it must be fails the whole. */
export function strictClawJsonl(file: string): readonly Fields[] {
  const lines = readFileSync(file, "utf8").split("\n");
  demand(lines.pop() === "", "a newline behind the last line");
  const records = lines.map((line) => objectOf(JSON.parse(line), "a line"));
  for (const record of records) {
    demand(Object.keys(record).join() === Object.keys(record).sort().join(), "sorted keys");
    if (record["type"] === "session_meta") clawHeader(record, true);
    else if (record["type"] === "message") clawMessage(record["message"]);
    else if (record["type"] === "prompt_history") demand(isPrompt(record), "a prompt");
    else demand(record["type"] === "compaction" && isCompaction(record), "a known type of record");
  }
  demand(records[0]?.["type"] === "session_meta", "the meta line comes first");
  return records;
}

/** `Session::load_from_path` for a document. */
export function strictClawJson(file: string): Fields {
  const session = objectOf(JSON.parse(readFileSync(file, "utf8")), "the session");
  clawHeader(session, false);
  demand(Array.isArray(session["messages"]), "messages");
  for (const message of session["messages"] as unknown[]) clawMessage(message);
  for (const prompt of (session["prompt_history"] ?? []) as Fields[]) demand(isPrompt(prompt), "a prompt");
  return session;
}

/** `yaml.safe_load` and `Session(**data)` of flowr, which compares the times as texts. */
export function strictFlowr(file: string): Fields {
  const text = readFileSync(file, "utf8");
  demand(isAscii(text), "ASCII");
  const session = objectOf(parse(text, { version: "1.1" }), "the session");
  for (const key of ["flow", "state", "name", "created_at", "updated_at"]) demand(isText(session[key]), key);
  demand(Object.keys(session).join() === Object.keys(session).sort().join(), "sorted keys");
  demand(Array.isArray(session["stack"]), "stack");
  for (const frame of session["stack"] as Fields[])
    demand(isText(frame["flow"]) && isText(frame["state"]), "a frame");
  for (const params of Object.values(objectOf(session["params"], "params")))
    objectOf(params, "the params of a flow");
  return session;
}

const WEBUI_KEYS =
  "session_id title workspace model messages tool_calls created_at updated_at pinned archived project_id profile input_tokens output_tokens estimated_cost personality active_stream_id pending_user_message pending_attachments pending_started_at compression_anchor_visible_idx compression_anchor_message_key".split(
    " ",
  );
const INDEX_KEYS =
  "session_id title workspace model message_count created_at updated_at pinned archived project_id profile input_tokens output_tokens estimated_cost personality compression_anchor_visible_idx compression_anchor_message_key".split(
    " ",
  );

/** `Session.load` of hermes-webui: a name that it accepts, every key of its own, in the order in which it writes them. */
export function strictHermesWebui(file: string): Fields {
  const text = readFileSync(file, "utf8");
  const session = objectOf(parsePython(text), "the session");
  demand(/^[0-9A-Za-z_-]+$/.test(path.parse(file).name), "a safe name");
  const known = Object.keys(session).filter((key) => WEBUI_KEYS.includes(key));
  demand(known.join() === WEBUI_KEYS.join(), `its keys in their order, not ${known.join()}`);
  for (const key of ["session_id", "title", "workspace", "model"]) demand(isText(session[key]), key);
  for (const key of ["pinned", "archived"]) demand(typeof session[key] === "boolean", key);
  for (const key of ["input_tokens", "output_tokens"]) demand(isWhole(session[key]), key);
  demand(/"created_at": \d+\.\d+,\n {2}"updated_at": \d+\.\d+,/.test(text), "times are floats");
  demand(Array.isArray(session["tool_calls"]) && Array.isArray(session["messages"]), "lists");
  for (const message of session["messages"] as unknown[]) {
    const { role, content } = objectOf(message, "a message");
    demand(["user", "assistant", "system", "tool"].includes(String(role)), "a known role");
    demand(isText(content) || content === null || Array.isArray(content), "content");
  }
  return session;
}

/** Its index: rows of exactly these keys, the newest first, one for each file. */
export function strictHermesIndex(file: string): readonly Fields[] {
  const rows = JSON.parse(readFileSync(file, "utf8")) as readonly Fields[];
  for (const row of rows)
    demand(Object.keys(row).join() === INDEX_KEYS.join(), "a row's keys in their order");
  const times = rows.map((row) => Number(row["updated_at"]));
  demand(times.join() === times.toSorted((a, b) => b - a).join(), "the newest first");
  return rows;
}

/** `StateManager.read_json` and the Session model of regen-registry-review-mcp. */
export function strictRegistryReview(folder: string): Fields {
  demand(/^session-[a-f0-9]{12}$/.test(path.basename(folder)), "the folder's name");
  const text = readFileSync(path.join(folder, "session.json"), "utf8");
  demand(isAscii(text) && text.startsWith('{\n  "session_id": ') && text.endsWith("\n}"), "Python's layout");
  const session = objectOf(parsePython(text), "the session");
  demand(session["session_id"] === path.basename(folder), "session_id");
  for (const key of ["created_at", "updated_at"])
    demand(!Number.isNaN(Date.parse(String(session[key]))), key);
  for (const key of ["project_metadata", "workflow_progress", "statistics"]) objectOf(session[key], key);
  return session;
}
