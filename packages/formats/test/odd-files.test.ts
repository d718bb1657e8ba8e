import { appendFile, copyFile, mkdir, rename, rm, symlink, truncate, utimes } from "node:fs/promises";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { readSessions } from "../src/index.js";
import { isoTime } from "../src/iso-time.js";
import { parseForeignJson } from "../src/parse-foreign-json.js";
import { fixtureFolder, MODIFIED_AT } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";
import {
  CLAUDE_CODE,
  CLAUDE_ID,
  HERMES_WEBUI,
  OPENCODE_ID,
  OPENCODE_STORAGE,
  REVIEW,
  REVIEW_ID,
  under,
} from "./samples.js";

const lines = (...records: readonly object[]): string =>
  records.map((record) => JSON.stringify(record)).join("\n");
const read = async (name: string, text: string): ReturnType<typeof readOne> =>
  await readOne(path.join(await fixtureFolder({ [name]: text }), name));
/** What is said about a file that gives no session. */
const reasonFor = async (name: string, text: string): Promise<readonly [string, string]> => {
  const { sessions, unreadable } = await readAll(await fixtureFolder({ [name]: text }));
  expect(sessions).toEqual([]);
  return [unreadable[0]?.fault ?? "", unreadable[0]?.reason ?? ""];
};

describe("a file of a format that breaks its rules is reported with the reason", () => {
  it.each([
    ["x.json", '{"session_id":7,"title":"t","messages":[]}', "has no session_id that is a text"],
    ["x.json", '{"session_id":"x","title":"t","messages":{}}', "has no array of messages"],
    ["x.json", '{"session_id":"x","title":"t","messages":[{},1]}', "messages[1] is not an object"],
    ["x.json", '{"sessionId":7,"projectHash":"p","messages":[]}', "has no sessionId that is a text"],
    ["x.json", '{"sessionId":"x","projectHash":"p"}', "has no array of messages"],
    [
      "x.json",
      '{"version":1,"messages":[{"role":"user","blocks":1}]}',
      "messages[0] has no known role or no blocks",
    ],
    [
      "x.json",
      '{"session_id":"x","messages":["a",1],"input_tokens":1,"output_tokens":1}',
      "messages[1] is not a text",
    ],
    ["x.json", '{"info":{"id":7},"messages":[]}', "has no id that is a text"],
    ["x.json", '{"info":{"id":"x"},"messages":{}}', "has no info, or no array of messages"],
    ["x.json", '{"info":{"id":"x"},"messages":[{}]}', "messages[0] has no info"],
    ["x.yaml", "--- >\nflow: f\nstate: s\n", "is not a YAML mapping"],
    ["x.yaml", "flow: f\nstate: s\nparams:\n  <<: 5\n", "merges (<<) something that is no mapping"],
    ["x.jsonl", '{"kind":"agent-sessions.archive","format":1}\n', "names no archive format"],
    ["x.jsonl", '{"kind":"agent-sessions.archive","format":"1.0"}\n[]\n', "a line is not a JSON object"],
    ["x.jsonl", '{"kind":"agent-sessions.archive","format":"1.0"}\n{oops\n', "a line is not JSON"],
  ])("%s: %s", async (name, text, reason) => {
    expect(await reasonFor(name, text)).toEqual(["damaged", reason]);
  });

  it.each([
    ["_x.json", HERMES_WEBUI, "is a file that hermes-webui keeps for itself"],
    ["m.json", '{"id":"msg_1","sessionID":"ses_1","role":"user"}', "is a message of an opencode session"],
    [
      "p.json",
      '{"id":"prt_1","messageID":"msg_1","type":"text"}',
      "is a part of a message of an opencode session",
    ],
    ["tmpab_12cd9.yaml", "flow: f\nstate: s\nstack: [\n", "is what a killed save of flowr left behind"],
    ["session.json", "{}", "is in no session format that is known"],
    ["other.db", "SQLite format 3\0 without tables", "is not a text file"],
  ])("%s is told apart from a session", async (name, text, reason) => {
    const [fault, said] = await reasonFor(name, text);
    expect([fault, said.slice(0, reason.length)]).toEqual(["not-a-session", reason]);
  });

  it("says that a file is too large to be read, without reading it", async () => {
    const folder = await fixtureFolder({ "x.json": HERMES_WEBUI });
    await truncate(path.join(folder, "x.json"), 257 * 1024 * 1024);
    const { unreadable } = await readAll(folder);
    expect(unreadable).toMatchObject([
      { fault: "damaged", reason: expect.stringContaining("is 269484032 bytes") },
    ]);
  });

  it("leaves out a line of more than 256 MiB, and reads the others", async () => {
    const folder = await fixtureFolder({ [`${CLAUDE_ID}.jsonl`]: CLAUDE_CODE });
    const file = path.join(folder, `${CLAUDE_ID}.jsonl`);
    await truncate(file, CLAUDE_CODE.length + 257 * 1024 * 1024);
    await appendFile(file, `\n${CLAUDE_CODE.split("\n")[2]}\n`);
    const seen: unknown[] = [];
    for await (const item of readSessions(file))
      seen.push(item.kind === "session" ? item.snapshot.head.messageCount : [item.fault, item.line]);
    expect(seen).toEqual([5, ["incomplete", CLAUDE_CODE.split("\n").length]]);
  });
});

describe("what a file does not say", () => {
  it("claude-code without ids of messages, session or author", async () => {
    const record = (fields: object): object => ({ type: "assistant", uuid: "u", sessionId: "", ...fields });
    const { head, entries } = await read(
      "plain.jsonl",
      lines(
        record({ message: { content: "a", usage: { input_tokens: 1, output_tokens: -1 } } }),
        record({ message: { role: "assistant", usage: { input_tokens: 2 } } }),
        record({ message: { note: "no message" } }),
        { type: "queue-operation", sessionId: "" },
      ),
    );
    expect(head).toMatchObject({ id: "plain", usage: { inputTokens: 3, outputTokens: 0 }, messageCount: 2 });
    expect(entries.map(({ at }) => at)).toEqual([MODIFIED_AT, MODIFIED_AT]);
    expect(head.state["$records"]).toHaveLength(2);
  });

  it("codex without an id, a payload, or short facts", async () => {
    const { head } = await read(
      "plain.jsonl",
      lines(
        { type: "session_meta", payload: { cwd: "x".repeat(600), timestamp: "2026-05-06T07:00:00Z" } },
        { type: "event_msg", payload: 7 },
      ),
    );
    expect(head).toMatchObject({
      id: "plain",
      createdAt: "2026-05-06T07:00:00.000Z",
      updatedAt: "2026-05-06T07:00:00.000Z",
    });
    expect(head.metadata).not.toHaveProperty("cwd");
    expect(JSON.stringify(head.state)).toContain("x".repeat(600));
  });

  it("gemini, opencode and pi take their times from the messages, or the file", async () => {
    const gemini = (message: object): string =>
      JSON.stringify({ sessionId: "x", projectHash: "p", messages: [{ type: "user", ...message }] });
    const opencode = (info: object): string =>
      JSON.stringify({ info: { id: "x" }, messages: [{ info, beside: 1 }] });
    const at = "2026-05-06T07:00:01.000Z";
    const created = Date.parse(at);
    expect((await read("x.json", gemini({ timestamp: at }))).head.createdAt).toBe(at);
    expect((await read("x.json", gemini({}))).head.createdAt).toBe(MODIFIED_AT);
    expect((await read("x.json", opencode({ time: { created } }))).head.createdAt).toBe(at);
    const undated = await read("x.json", opencode({}));
    expect(undated.head.createdAt).toBe(MODIFIED_AT);
    expect(undated.entries[0]?.message).toEqual({ content: [], $record: { beside: 1 } });
    const log = lines({ type: "message", timestamp: created, message: { role: "user", content: "a" } });
    expect((await read("x.jsonl", log)).head.createdAt).toBe(at);
  });

  it("claw: only prompts, or several compactions", async () => {
    const prompts = await read(
      "x.jsonl",
      lines({ type: "prompt_history", text: "a", timestamp_ms: 1790000000200 }),
    );
    expect(prompts.head).toMatchObject({ messageCount: 0, updatedAt: new Date(1790000000200).toISOString() });
    const compaction = (count: number): object => ({
      type: "compaction",
      count,
      removed_message_count: 1,
      summary: "s",
    });
    const user = { type: "message", message: { role: "user", blocks: [{ type: "text", text: "a" }] } };
    const { head } = await read("x.jsonl", lines(compaction(1), user, compaction(2)));
    expect(head.state).toMatchObject({
      compaction: { count: 2 },
      $records: [{ after: 1, record: { type: "compaction", count: 1 } }],
    });
    expect(head.state).not.toHaveProperty("prompt_history");
  });

  it("keeps times that no date is, and sums that no number holds, where they were", async () => {
    const usage = { input_tokens: Number.MAX_SAFE_INTEGER };
    const message = { role: "user", blocks: [], usage };
    const { head } = await read(
      "x.json",
      JSON.stringify({ version: 1, created_at_ms: 1e17, updated_at_ms: -1e15, messages: [message, message] }),
    );
    expect(head).toMatchObject({
      createdAt: MODIFIED_AT,
      usage: { inputTokens: Number.MAX_SAFE_INTEGER },
      state: { created_at_ms: 1e17, updated_at_ms: -1e15 },
    });
  });

  // A copy of such a log was a conflict: only documents said that their file dates them.
  it.each([
    [
      "claude-code",
      lines({ type: "user", uuid: "u", sessionId: "s", message: { role: "user", content: "a" } }),
    ],
    ["codex", lines({ type: "response_item", payload: { type: "message", role: "user" } })],
    ["claw-jsonl", lines({ type: "message", message: { role: "user", blocks: [] } })],
  ])("a log of %s without times is dated by its file", async (_format, text) => {
    const folder = await fixtureFolder({ "x.jsonl": text });
    for await (const item of readSessions(folder)) {
      expect(item).toMatchObject({ isDatedByFile: true, snapshot: { head: { createdAt: MODIFIED_AT } } });
    }
  });
});

describe("isoTime()", () => {
  it.each([
    ["2026-02-31", null],
    ["soon", null],
    ["9999-12-31T23:59:59-01:00", null],
    ["2026-01-02T03:04:05+02:30", "2026-01-02T00:34:05.000Z"],
    ["2026-01-02T03:04:05-0230", "2026-01-02T05:34:05.000Z"],
  ])("%s", (text, iso) => {
    expect(isoTime(text)).toBe(iso);
  });
});

describe("parseForeignJson()", () => {
  // A pattern for whole strings ended the call stack, and with it the import of everything else.
  it("reads a text of ten million escapes beside a number that no double holds", () => {
    const text = `{"a":"${"\\n".repeat(10_000_000)}","b":12345678901234567890}`;
    const value = parseForeignJson(text) as { a: string; b: string };
    expect([value.a.length, value.b.endsWith(":12345678901234567890")]).toEqual([10_000_000, true]);
  });

  it("passes over a byte order mark, and over what only looks like a number", () => {
    expect(parseForeignJson('\uFEFF{"a":"NaN \\" 12345678901234567890"}')).toEqual({
      a: 'NaN " 12345678901234567890',
    });
  });
});

describe("a session that goes on while it is imported", () => {
  // Its entries were more than its head said, and no store took it.
  it("comes in as it was when it was found", async () => {
    const folder = await fixtureFolder({ [`${CLAUDE_ID}.jsonl`]: CLAUDE_CODE });
    const file = path.join(folder, `${CLAUDE_ID}.jsonl`);
    for await (const item of readSessions(file)) {
      if (item.kind !== "session") throw new Error(item.reason);
      await appendFile(file, CLAUDE_CODE);
      let count = 0;
      for await (const _entry of item.snapshot.entries) count++;
      expect([item.snapshot.head.messageCount, count]).toEqual([4, 4]);
    }
  });

  it("rejects STORE_IO when its file has gone meanwhile", async () => {
    const folder = await fixtureFolder({ "x.jsonl": CLAUDE_CODE });
    for await (const item of readSessions(folder)) {
      if (item.kind !== "session") throw new Error(item.reason);
      const entries = item.snapshot.entries as AsyncIterable<unknown>;
      await rename(path.join(folder, "x.jsonl"), path.join(folder, "z"));
      await expect(entries[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "STORE_IO" });
    }
  });
});

describe("names that are ours", () => {
  // `state.project`, `state.uploads` and `state.inactive_messages` were written over what a file had there.
  it("are never those of a file's own fields", async () => {
    const webui = HERMES_WEBUI.replace('"manual_title": true', '"project": "mine"');
    const folder = await fixtureFolder({
      "sessions/abcdef012345.json": webui,
      "projects.json": '[{"project_id": "0123456789ab", "name": "Norway"}]',
    });
    expect((await readOne(path.join(folder, "sessions"))).head.state).toMatchObject({
      project: "mine",
      $project: { name: "Norway" },
    });
    const review = await fixtureFolder(
      under(REVIEW_ID, {
        ...REVIEW,
        "uploads.json": '{"mine":1}',
        "uploads.json.json": '{"mine":2}',
        "__proto__.json": '{"mine":3}',
        "$uploads.json": '{"mine":4}',
      }),
    );
    const { state } = (await readOne(review)).head;
    expect(state).toMatchObject({ uploads: { mine: 1 }, "uploads.json": { mine: 2 } });
    expect(Object.getOwnPropertyDescriptor(state, "__proto__")?.value).toEqual({ mine: 3 });
    expect(state["$uploads"]).toContainEqual(expect.objectContaining({ path: "$uploads.json" }));
  });

  it("are kept when a file has them already", async () => {
    const text = HERMES_WEBUI.replace('"manual_title": true', '"$verbatim": {"/x": "1"}, "odd": NaN');
    expect((await read("abcdef012345.json", text)).head.state["$verbatim"]).toEqual({
      "/x": "1",
      "/odd": "NaN",
    });
  });
});

describe("hermes-webui's projects", () => {
  it.each([
    ["is cut off", '[{"project_id', "is not valid JSON"],
    ["holds something else", "{}", "is not a list of projects"],
  ])("a list that %s is reported, and the session comes in without its name", async (_what, text, reason) => {
    const folder = await fixtureFolder({ "sessions/abcdef012345.json": HERMES_WEBUI, "projects.json": text });
    const { sessions, unreadable } = await readAll(path.join(folder, "sessions"));
    expect(sessions[0]?.head.metadata).toMatchObject({ projectId: "0123456789ab" });
    expect(unreadable).toMatchObject([
      {
        fault: "incomplete",
        path: path.join(folder, "projects.json"),
        reason: expect.stringContaining(reason),
      },
    ]);
  });

  it("nothing is said of a list that nobody needs, or that is not there", async () => {
    const alone = HERMES_WEBUI.replace('"0123456789ab"', "null");
    const folder = await fixtureFolder({ "sessions/a.json": alone, "projects.json": "{" });
    await readOne(path.join(folder, "sessions"));
    await readOne(path.join(await fixtureFolder({ "sessions/a.json": HERMES_WEBUI }), "sessions"));
  });

  it("a folder or a loop of links in its place is reported", async () => {
    const folder = await fixtureFolder({ "sessions/a.json": HERMES_WEBUI, "projects.json/x": "" });
    expect((await readAll(path.join(folder, "sessions"))).unreadable).toMatchObject([
      { fault: "incomplete" },
    ]);
    const loop = await fixtureFolder({ "sessions/a.json": HERMES_WEBUI });
    await symlink("projects.json", path.join(loop, "projects.json"));
    expect((await readAll(path.join(loop, "sessions"))).unreadable).toMatchObject([
      { fault: "incomplete", reason: expect.stringContaining("ELOOP") },
    ]);
  });
});

describe("opencode's storage", () => {
  // One of these ended the reading of every session behind it.
  it("reads the sessions behind one that is a folder, a dangling link, or beyond what stores hold", async () => {
    const folder = await fixtureFolder({
      ...OPENCODE_STORAGE,
      "session/p0/ses_a/x": "",
      "session/p0/ses_b.json": `{"id":"ses_b","deep":${"[".repeat(600)}${"]".repeat(600)}}`,
      "session/p0/ses_c.json": '{"id":7}',
      "session/stray.json": "{}",
      "part/msg_9/prt_2.json": Buffer.from([0x22, 0xff, 0x22]),
    });
    await mkdir(path.join(folder, "message", OPENCODE_ID, "msg_3.json"));
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual([OPENCODE_ID]);
    expect(unreadable.map((item) => [path.relative(folder, item.path), item.fault])).toEqual([
      ["session/p0/ses_a", "damaged"],
      ["session/p0/ses_b.json", "damaged"],
      ["session/p0/ses_c.json", "damaged"],
      [`message/${OPENCODE_ID}/msg_3.json`, "incomplete"],
      ["part/msg_9/prt_2.json", "incomplete"],
    ]);
  });

  it("never leaves its folder, whatever the id of a message says", async () => {
    const folder = await fixtureFolder({
      ...under("storage", OPENCODE_STORAGE),
      [`storage/message/${OPENCODE_ID}/msg_1.json`]: '{"id":"../../secret","time":{}}',
      "secret/s.json": '{"text":"password"}',
    });
    const { entries } = await readOne(path.join(folder, "storage"));
    expect(JSON.stringify(entries)).not.toContain("password");
  });
});

describe("registry-review", () => {
  it("reads a session of which little is there", async () => {
    const folder = await fixtureFolder({
      "named/session.json": '{"session_id":"x","project_metadata":7,"workflow_progress":7}',
      [`${REVIEW_ID}/session.json`]: "{}",
    });
    await symlink("nowhere", path.join(folder, REVIEW_ID, "gone.pdf"));
    const { sessions, unreadable } = await readAll(folder);
    expect(
      sessions.map(({ head }) => [head.id, head.title, head.metadata["stage"], Object.keys(head.state)]),
    ).toEqual([
      ["x", "", undefined, ["session"]],
      [REVIEW_ID, "", undefined, ["session"]],
    ]);
    expect(unreadable).toMatchObject([
      { fault: "incomplete", path: path.join(folder, REVIEW_ID, "gone.pdf") },
    ]);
    expect((await readOne(path.join(folder, "named", "session.json"))).head.id).toBe("x");
  });
});

// A folder that somebody sent brought ~/.ssh in, as an upload, and the export took it out again.
describe("a link that leads out of a session's folder is reported and not followed", () => {
  const SECRET = '{"session_id":"x","id":"ses_x","time":{},"token":"hush-hush"}';

  it("by registry-review, in documents, uploads and their folders", async () => {
    const folder = await fixtureFolder({
      "secret.json": SECRET,
      "away/notes.txt": "hush-hush",
      ...under(`rr/${REVIEW_ID}`, { "session.json": "{}", "uploads/own.txt": "mine" }),
      "rr/session-aaaaaaaaaaaa/other.json": "{}",
    });
    const inside = path.join(folder, "rr", REVIEW_ID);
    for (const [target, name] of [
      ["../../../secret.json", "uploads/notes.pdf"],
      ["../../secret.json", "findings.json"],
      ["../../away", "more"],
      [".", "again"],
      ["own.txt", "uploads/same.txt"],
      ["../../secret.json", "../session-aaaaaaaaaaaa/session.json"],
    ] as const)
      await symlink(target, path.join(inside, name));
    const { sessions, unreadable } = await readAll(path.join(folder, "rr"));
    expect(JSON.stringify(sessions)).not.toMatch(/hush|aHVzaC|dXNoLWh1/);
    expect(sessions.map(({ head }) => head.state)).toMatchObject([
      { $uploads: [{ path: "uploads/own.txt" }, { path: "uploads/same.txt", base64: "bWluZQ==" }] },
    ]);
    expect(unreadable.map(({ fault, path: where }) => [fault, path.relative(inside, where)])).toEqual([
      ["incomplete", "again"],
      ["incomplete", "findings.json"],
      ["incomplete", "more"],
      ["incomplete", "uploads/notes.pdf"],
      ["damaged", "../session-aaaaaaaaaaaa"],
    ]);
  });

  it("by opencode, in its storage", async () => {
    const folder = await fixtureFolder({ "secret.json": SECRET, ...under("storage", OPENCODE_STORAGE) });
    const places = [
      "session/p1/ses_x.json",
      `message/${OPENCODE_ID}/msg_5.json`,
      "part/msg_2/prt_5.json",
      `session_diff/${OPENCODE_ID}.json`,
    ];
    await mkdir(path.join(folder, "storage", "session_diff"), { recursive: true });
    for (const place of places) {
      await rm(path.join(folder, "storage", place), { force: true });
      await symlink(path.join(folder, "secret.json"), path.join(folder, "storage", place));
    }
    const { sessions, unreadable } = await readAll(path.join(folder, "storage"));
    expect(JSON.stringify(sessions)).not.toContain("hush");
    expect(unreadable.map(({ path: where }) => path.relative(path.join(folder, "storage"), where))).toEqual(
      expect.arrayContaining(places),
    );
  });
});

describe("hermes-agent", () => {
  const database = async (sql: string): Promise<string> => {
    const file = path.join(await fixtureFolder({}), "state.db");
    const made = new Database(file);
    made.exec(`CREATE TABLE sessions (id TEXT, started_at REAL, model_config TEXT, parent_session_id TEXT, end_reason TEXT,
        system_prompt_hash TEXT, avatar BLOB, cost REAL);
      CREATE TABLE system_prompts (hash TEXT, prompt TEXT);
      CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, tool_calls TEXT, timestamp REAL);
      ${sql}`);
    made.close();
    return file;
  };

  it("says how a session came from another, and keeps what is no text", async () => {
    const file = await database(`
      INSERT INTO sessions (id, started_at, model_config, parent_session_id, avatar, cost, system_prompt_hash) VALUES
        ('a', 1, '{"_delegate_from":"z"}', 'z', x'00ff', 9e999, 'gone'), ('b', 2, '{"_branched_from":"a"}', 'a', NULL, 0.5, NULL),
        ('c', 3, '{cut', 'a', NULL, NULL, NULL);
      INSERT INTO messages (session_id, role, tool_calls, timestamp) VALUES ('a', 'assistant', '[cut', 1790000001);`);
    const { sessions } = await readAll(file);
    expect(sessions.map(({ head }) => [head.id, head.metadata["relation"]])).toEqual([
      ["a", "subagent"],
      ["b", "fork"],
      ["c", undefined],
    ]);
    expect(sessions[0]?.head.state).toMatchObject({ avatar: { base64: "AP8=" }, cost: "Infinity" });
    expect(sessions[2]?.head.state).toMatchObject({ model_config: "{cut" });
    expect(sessions[0]?.entries[0]?.message).toMatchObject({ tool_calls: "[cut" });
  });

  it("takes times from the messages, or the file, and reports messages without a session", async () => {
    const file = await database(`
      INSERT INTO sessions (id) VALUES ('a'), ('b'), (NULL);
      INSERT INTO messages (session_id, role, timestamp) VALUES ('a', 'user', 1790000001), ('gone', 'user', 5), ('gone', 'user', 6);`);
    await utimes(file, new Date(MODIFIED_AT), new Date(MODIFIED_AT));
    const { sessions, unreadable } = await readAll(file);
    expect(sessions.map(({ head }) => head.createdAt)).toEqual([
      new Date(1790000001000).toISOString(),
      MODIFIED_AT,
    ]);
    expect(unreadable.map(({ fault, reason }) => [fault, reason])).toEqual([
      ["damaged", "holds session null, which has no id that is a text"],
      ["damaged", "holds 2 messages of the session gone, which is not there"],
    ]);
  });

  it("takes back half a change that a killed writer left, by the journal beside the database", async () => {
    const file = await database(`INSERT INTO sessions (id, started_at) VALUES ('a', 1);
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
      INSERT INTO messages (session_id, role, content) SELECT 'a', 'user', 'kept' || hex(zeroblob(500)) FROM numbers;`);
    const writer = new Database(file);
    // So small a cache that half of the change is in the file before it is committed.
    writer.pragma("cache_size = 1");
    writer.exec("BEGIN IMMEDIATE; UPDATE messages SET content = 'half' || hex(zeroblob(500))");
    const left = path.join(await fixtureFolder({}), "state.db");
    await copyFile(file, left);
    await copyFile(`${file}-journal`, `${left}-journal`);
    writer.close();
    const { sessions } = await readAll(left);
    const contents = sessions[0]?.entries.map(({ message }) => String(message.content).slice(0, 4)) ?? [];
    expect([contents.length, new Set(contents)]).toEqual([300, new Set(["kept"])]);
  });

  it("reports a database that is written to all the time", async () => {
    const file = await database("INSERT INTO sessions (id, started_at) VALUES ('a', 1)");
    let isOver = false;
    let seconds = 1;
    const writing = (async () => {
      while (!isOver) await utimes(file, seconds, seconds++);
    })();
    const { unreadable } = await readAll(file);
    isOver = true;
    await writing;
    expect(unreadable).toMatchObject([{ reason: expect.stringContaining("is written to all the time") }]);
  });
});
