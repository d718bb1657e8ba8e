/** Small sessions of every format, made up for these tests. */

const jsonLines = (...records: readonly object[]): string =>
  `${records.map((record) => JSON.stringify(record)).join("\n")}\n`;

export const CLAW_LOG: string = jsonLines(
  {
    created_at_ms: 1790000000100,
    fork: { branch_name: "trains", parent_session_id: "session-1789999999000-0" },
    model: "m-large",
    session_id: "session-1790000000101-1",
    type: "session_meta",
    updated_at_ms: 1790000000100,
    version: 1,
    workspace_root: "/home/kim/trip",
  },
  { count: 1, removed_message_count: 4, summary: "they chose Oslo", type: "compaction" },
  { text: "find a train — 東京", timestamp_ms: 1790000000200, type: "prompt_history" },
  {
    message: { blocks: [{ text: "You plan trips.", type: "text" }], role: "system" },
    type: "message",
  },
  { message: { blocks: [{ text: "find a train — 東京", type: "text" }], role: "user" }, type: "message" },
  {
    message: {
      blocks: [
        { signature: "c2ln", thinking: "look it up", type: "thinking" },
        { id: "call_1", input: '{"to":"Oslo"}', name: "search", type: "tool_use" },
      ],
      role: "assistant",
      usage: {
        cache_creation_input_tokens: 3,
        cache_read_input_tokens: 5,
        input_tokens: 10,
        output_tokens: 4,
      },
    },
    type: "message",
  },
  {
    message: {
      blocks: [
        {
          is_error: true,
          output: "no\r\n\u001b[31mtrain\u0007",
          tool_name: "search",
          tool_use_id: "call_1",
          type: "tool_result",
        },
      ],
      role: "tool",
    },
    type: "message",
  },
  { text: "then a bus", timestamp_ms: 1790000000900, type: "prompt_history" },
  { message: { blocks: [{ text: "then a bus", type: "text" }], role: "user" }, type: "message" },
);

export const CLAW_DOCUMENT: string = JSON.stringify({
  messages: [
    { blocks: [{ text: "hello", type: "text" }], role: "user" },
    {
      blocks: [{ text: "hi", type: "text" }],
      role: "assistant",
      usage: {
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        input_tokens: 7,
        output_tokens: 2,
      },
    },
  ],
  version: 1,
});

export const CLAW_PORT: string = JSON.stringify(
  { session_id: "0a1b2c", messages: ["plan the trip", "naïve 🚆"], input_tokens: 5, output_tokens: 21 },
  null,
  2,
).replaceAll(/[^ -~\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

export const FLOWR: string = `created_at: '2026-05-06T07:08:09.123456+00:00'
flow: booking
name: trip
params:
  booking:
    city: "Ålesund \\u2014 1"
    seats: 3
stack:
- flow: holiday
  state: planning
state: paying
updated_at: '2026-05-06T08:00:00.000001+00:00'
`.replace("Å", "\\xC5");

export const CLAUDE_ID = "11111111-2222-4333-8444-555555555555";
const claudeLine = (fields: object): object => ({
  parentUuid: null,
  isSidechain: false,
  cwd: "/home/kim/trip",
  sessionId: CLAUDE_ID,
  version: "2.0.1",
  gitBranch: "main",
  ...fields,
});
export const CLAUDE_CODE: string = jsonLines(
  { type: "summary", summary: "Of another session", leafUuid: "99999999-0000-4000-8000-000000000000" },
  { type: "file-history-snapshot", messageId: "u1", snapshot: { trackedFileBackups: {} } },
  claudeLine({
    type: "user",
    message: { role: "user", content: "book a hotel" },
    uuid: "u1",
    timestamp: "2026-05-06T07:00:00.000Z",
  }),
  claudeLine({
    type: "assistant",
    message: {
      id: "msg_1",
      role: "assistant",
      model: "m-1",
      content: [{ type: "text", text: "Which town?" }],
      usage: {
        input_tokens: 9,
        output_tokens: 1,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 7,
      },
    },
    uuid: "a1",
    parentUuid: "u1",
    timestamp: "2026-05-06T07:00:05.000Z",
  }),
  claudeLine({
    type: "assistant",
    message: {
      id: "msg_1",
      role: "assistant",
      model: "m-1",
      content: [{ type: "tool_use", id: "t1", name: "Maps", input: { q: "towns" } }],
      usage: {
        input_tokens: 9,
        output_tokens: 12,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 7,
      },
    },
    uuid: "a2",
    parentUuid: "a1",
    timestamp: "2026-05-06T07:00:04.000Z",
  }),
  claudeLine({
    type: "progress",
    data: { type: "hook_progress" },
    uuid: "p1",
    timestamp: "2026-05-06T07:00:06.000Z",
  }),
  claudeLine({
    type: "user",
    isSidechain: true,
    message: { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "three" }] },
    toolUseResult: { towns: 3 },
    uuid: "u2",
    parentUuid: "gone",
    timestamp: "2026-05-06T07:00:07.000Z",
  }),
);

export const CODEX_ID = "019c0000-1111-7222-8333-444444444444";
const codexLine = (second: number, type: string, payload: object): object => ({
  timestamp: `2026-05-06T07:00:0${second}.000Z`,
  type,
  payload,
});
const total = (input: number, output: number): object => ({
  input_tokens: input,
  cached_input_tokens: 2,
  output_tokens: output,
  reasoning_output_tokens: 1,
  total_tokens: input + output,
});
export const CODEX: string = jsonLines(
  codexLine(0, "session_meta", {
    id: CODEX_ID,
    timestamp: "2026-05-06T06:59:59.500Z",
    cwd: "/home/kim/trip",
    cli_version: "0.104.0",
    git: { branch: "main" },
  }),
  codexLine(1, "response_item", {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "pack my bag" }],
  }),
  codexLine(1, "event_msg", { type: "user_message", message: "pack my bag" }),
  codexLine(2, "turn_context", { model: "m-codex" }),
  codexLine(3, "event_msg", { type: "token_count", info: { total_token_usage: total(10, 3) } }),
  codexLine(3, "response_item", { type: "reasoning", summary: [{ type: "summary_text", text: "socks" }] }),
  codexLine(4, "response_item", { type: "function_call", name: "shell", arguments: "{}", call_id: "c1" }),
  codexLine(5, "response_item", { type: "function_call_output", call_id: "c1", output: "packed" }),
  codexLine(6, "compacted", { message: "so far", replacement_history: [{ type: "message", role: "user" }] }),
  codexLine(7, "event_msg", { type: "token_count", info: { total_token_usage: total(25, 8) } }),
  codexLine(7, "event_msg", { type: "token_count", info: null }),
);

export const PI_ID = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
const piUsage = { input: 6, output: 4, cacheRead: 10, cacheWrite: 0, totalTokens: 20, cost: { total: 0.1 } };
export const PI: string = jsonLines(
  {
    type: "session",
    version: 3,
    id: PI_ID,
    timestamp: "2026-05-06T07:00:00.000Z",
    cwd: "/home/kim/trip",
    parentSession: "/home/kim/.pi/2026-05-05T00-00-00-000Z_0199aaaa-0000-7000-8000-000000000000.jsonl",
  },
  {
    type: "model_change",
    id: "e1",
    parentId: null,
    timestamp: "2026-05-06T07:00:01.000Z",
    provider: "p",
    modelId: "m-pi",
  },
  {
    type: "message",
    id: "e2",
    parentId: "e1",
    timestamp: "2026-05-06T07:00:02.000Z",
    message: { role: "user", content: [{ type: "text", text: "is it raining?" }], timestamp: 1778050802000 },
  },
  {
    type: "message",
    id: "e3",
    parentId: "e2",
    timestamp: "2026-05-06T07:00:03.000Z",
    message: {
      role: "assistant",
      content: [{ type: "toolCall", id: "t1", name: "weather", arguments: {} }],
      model: "m-pi",
      usage: piUsage,
    },
  },
  {
    type: "message",
    id: "e4",
    parentId: "e3",
    timestamp: "2026-05-06T07:00:04.000Z",
    message: {
      role: "toolResult",
      toolCallId: "t1",
      content: [{ type: "text", text: "yes" }],
      isError: false,
    },
  },
  { type: "session_info", id: "e5", parentId: "e4", timestamp: "2026-05-06T07:00:05.000Z", name: "Weather" },
  {
    type: "branch_summary",
    id: "e6",
    parentId: "e2",
    timestamp: "2026-05-06T07:00:06.000Z",
    summary: "other branch",
  },
  {
    type: "message",
    id: "e7",
    parentId: "e6",
    timestamp: "2026-05-06T07:00:07.000Z",
    message: {
      role: "assistant",
      content: [{ type: "text", text: "Look outside." }],
      model: "m-pi",
      usage: piUsage,
    },
  },
);
export const PI_OLD: string = jsonLines(
  {
    type: "session",
    id: "old-1",
    timestamp: "2025-05-06T07:00:05.000Z",
    cwd: "/home/kim",
    modelId: "m-old",
    branchedFrom: "/a/b_old-0.jsonl",
  },
  { type: "message", timestamp: "2025-05-06T07:00:01.000Z", message: { role: "user", content: "early" } },
  { type: "compaction", timestamp: "2025-05-06T07:00:02.000Z", summary: "s", firstKeptEntryIndex: 1 },
);

export const GEMINI: string = JSON.stringify({
  sessionId: "aabbccdd-1111-4222-8333-444455556666",
  projectHash: "f00d",
  startTime: "2026-05-06T07:00:00.000Z",
  lastUpdated: "2026-05-06T07:00:09.000Z",
  messages: [
    { id: "g1", timestamp: "2026-05-06T07:00:01.000Z", type: "user", content: "count sheep" },
    {
      id: "g2",
      timestamp: "2026-05-06T07:00:02.000Z",
      type: "gemini",
      content: "One.",
      thoughts: [{ subject: "Sheep" }],
      tokens: { input: 20, output: 2, cached: 4, thoughts: 3, tool: 1, total: 30 },
      model: "m-gem",
    },
    { id: "g3", timestamp: "2026-05-06T07:00:03.000Z", type: "warning", content: "Slow." },
  ],
});

export const OPENCODE_ID = "ses_1111aaaa2222bbbb";
const opencodeTokens = { input: 12, output: 3, reasoning: 2, cache: { read: 40, write: 8 } };
const opencodeInfo = {
  id: OPENCODE_ID,
  slug: "calm-fox",
  projectID: "global",
  directory: "/home/kim/trip",
  title: "Tickets — 切符",
  version: "1.1.2",
  parentID: "ses_0000",
  tokens: { input: 0, output: 0 },
  time: { created: 1790000000001, updated: 1790000000900 },
};
export const OPENCODE: string = JSON.stringify({
  info: opencodeInfo,
  messages: [
    {
      info: { role: "user", time: { created: 1790000000100 }, id: "msg_1", sessionID: OPENCODE_ID },
      parts: [{ type: "text", text: "buy tickets", id: "prt_1", messageID: "msg_1" }],
    },
    {
      info: {
        role: "assistant",
        time: { created: 1790000000200, completed: 1790000000300 },
        modelID: "m-oc",
        tokens: opencodeTokens,
        id: "msg_2",
        sessionID: OPENCODE_ID,
      },
      parts: [
        {
          type: "tool",
          callID: "c1",
          tool: "bash",
          state: { status: "error", error: "exit 1" },
          id: "prt_2",
          messageID: "msg_2",
        },
      ],
    },
  ],
});
export const OPENCODE_STORAGE: Readonly<Record<string, string>> = {
  [`session/p1/${OPENCODE_ID}.json`]: JSON.stringify(opencodeInfo),
  [`message/${OPENCODE_ID}/msg_2.json`]: JSON.stringify({
    id: "msg_2",
    sessionID: OPENCODE_ID,
    role: "assistant",
    modelID: "m-oc",
    time: { created: 1790000000200 },
    tokens: opencodeTokens,
  }),
  [`message/${OPENCODE_ID}/msg_9.json`]: JSON.stringify({
    id: "msg_9",
    sessionID: OPENCODE_ID,
    role: "user",
    time: { created: 1790000000100 },
  }),
  "part/msg_2/prt_1.json": JSON.stringify({ id: "prt_1", messageID: "msg_2", type: "text", text: "Done." }),
  "part/msg_9/prt_1.json": JSON.stringify({
    id: "prt_1",
    messageID: "msg_9",
    type: "text",
    text: "buy tickets",
  }),
  "part/msg_9/prt_2.json": JSON.stringify({
    id: "prt_2",
    messageID: "msg_9",
    type: "text",
    text: "two of them",
  }),
};

/** As Python writes it: its floats end in `.0` where JavaScript's do not. */
export const HERMES_WEBUI = `{
  "session_id": "abcdef012345",
  "title": "Fjord — 写真",
  "workspace": "/home/kim/trip",
  "model": "vendor/m-9",
  "messages": [
    {
      "role": "user",
      "content": [
        {
          "type": "text",
          "text": "what is this?"
        },
        {
          "type": "image_url",
          "image_url": {
            "url": "data:image/png;base64,iVBORw0KGgo="
          }
        }
      ],
      "timestamp": 1790000001,
      "attachments": [
        "fjord.png"
      ]
    },
    {
      "role": "assistant",
      "content": null,
      "tool_calls": [
        {
          "id": "c1",
          "type": "function",
          "function": {
            "name": "look",
            "arguments": "{}"
          }
        }
      ],
      "_ts": 1790000002.25
    },
    {
      "role": "tool",
      "tool_call_id": "c1",
      "name": "look",
      "content": "a fjord",
      "timestamp": 1790000003.5
    }
  ],
  "tool_calls": [
    {
      "name": "look",
      "snippet": "a fjord",
      "tid": "c1",
      "assistant_msg_idx": 1,
      "args": {}
    }
  ],
  "created_at": 1790000000.0,
  "updated_at": 1790000003.5123456,
  "pinned": true,
  "archived": false,
  "project_id": "0123456789ab",
  "profile": "default",
  "input_tokens": 100,
  "output_tokens": 20,
  "estimated_cost": 0.0125,
  "personality": null,
  "active_stream_id": null,
  "pending_user_message": null,
  "pending_attachments": [],
  "pending_started_at": null,
  "compression_anchor_visible_idx": null,
  "compression_anchor_message_key": null,
  "manual_title": true
}`;
export const HERMES_PROJECTS: string = JSON.stringify([
  { project_id: "0123456789ab", name: "Norway", color: "#7cb9ff", created_at: 1789000000.5 },
]);
export const HERMES_AGENT_FILE: string = JSON.stringify({
  session_id: "20260506_070000_aa11bb",
  model: "vendor/m-9",
  base_url: "http://127.0.0.1:1",
  platform: "cli",
  session_start: "2026-05-06T07:00:00.250000",
  last_updated: "2026-05-06T07:01:00.500000",
  system_prompt: "You help.",
  tools: [],
  message_count: 1,
  messages: [{ role: "user", content: "old one" }],
});

const stages = { initialize: "completed", document_discovery: "completed", requirement_mapping: "pending" };
const python = (document: object): string =>
  JSON.stringify(document, null, 2).replaceAll(
    /[^ -~\n]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
export const REVIEW_ID = "session-0a1b2c3d4e5f";
export const REVIEW: Readonly<Record<string, string | Uint8Array>> = {
  "session.json": python({
    session_id: REVIEW_ID,
    created_at: "2026-05-06T07:00:00.123456+00:00",
    updated_at: "2026-05-06T07:00:01.000000+00:00",
    status: "initialized",
    project_metadata: { project_name: "Møre — 22", project_id: "C01", methodology: "soil-1" },
    workflow_progress: { ...stages, mappings_confirmed: true },
    statistics: { documents_found: 1 },
    "workflow_progress.initialize": "completed",
  }),
  "documents.json": python({ documents: [{ filename: "plan.pdf", confidence: 0.95 }] }),
  "findings.json": python({ findings: [] }),
  "evidence.json": `${python({ extracted_at: "2026-05-06T07:10:00" }).slice(0, -2)},\n  "score": NaN,\n  "hash": 12345678901234567890\n}`,
  "audit_log.json": python({
    session_id: REVIEW_ID,
    events: [{ id: 1, timestamp: "2026-05-06T07:20:00.000000+00:00", action: "override_set" }],
    updated_at: "2026-05-06T07:20:00.500000+00:00",
  }),
  "uploads/plan.pdf": Buffer.from([0x25, 0x50, 0x44, 0x46, 0, 0xff, 10]),
  "uploads/maps/a.geojson": "{}",
  ".lock": "",
  ".findings.json.tmp": "{",
};

/** Files that are one session each, by name: what they are, and how many messages they hold. */
export const SINGLE_FILES: readonly {
  readonly format: string;
  readonly name: string;
  readonly text: string;
  readonly messages: number;
}[] = [
  { format: "claude-code", name: `${CLAUDE_ID}.jsonl`, text: CLAUDE_CODE, messages: 4 },
  { format: "claw-json", name: "session-1790000000000.json", text: CLAW_DOCUMENT, messages: 2 },
  { format: "claw-jsonl", name: "session-1790000000101-1.jsonl", text: CLAW_LOG, messages: 5 },
  { format: "claw-port", name: "0a1b2c.json", text: CLAW_PORT, messages: 2 },
  { format: "codex", name: `rollout-2026-05-06T07-00-00-${CODEX_ID}.jsonl`, text: CODEX, messages: 4 },
  { format: "flowr", name: "trip.yaml", text: FLOWR, messages: 0 },
  { format: "gemini", name: "session-2026-05-06T07-00-aabbccdd.json", text: GEMINI, messages: 3 },
  { format: "hermes-webui", name: "abcdef012345.json", text: HERMES_WEBUI, messages: 3 },
  { format: "opencode", name: `${OPENCODE_ID}.json`, text: OPENCODE, messages: 2 },
  { format: "pi", name: `2026-05-06T07-00-00-000Z_${PI_ID}.jsonl`, text: PI, messages: 4 },
];

/** The paths of a folder's files under another folder. */
export function under(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Record<string, string | Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
}
