import path from "node:path";
import { describe, expect, it } from "vitest";
import { detect, readSessions } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";
import {
  GEMINI,
  HERMES_AGENT_FILE,
  HERMES_PROJECTS,
  HERMES_WEBUI,
  OPENCODE,
  OPENCODE_ID,
  OPENCODE_STORAGE,
  REVIEW,
  REVIEW_ID,
  under,
} from "./samples.js";

describe("gemini", () => {
  it("maps every field", async () => {
    const { head, entries } = await readOne(
      await fixtureFolder({ "session-2026-05-06T07-00-aabbccdd.json": GEMINI }),
    );
    expect(head).toMatchObject({
      id: "aabbccdd-1111-4222-8333-444455556666",
      preview: "count sheep",
      metadata: { source: "gemini", fileStem: "session-2026-05-06T07-00-aabbccdd", model: "m-gem" },
      usage: { inputTokens: 20, outputTokens: 2, cacheReadTokens: 4, reasoningTokens: 3, toolTokens: 1 },
      createdAt: "2026-05-06T07:00:00.000Z",
      updatedAt: "2026-05-06T07:00:09.000Z",
    });
    expect(head.state).toEqual({ projectHash: "f00d" });
    expect(entries.map(({ message }) => [message.role, message["type"]])).toEqual([
      ["user", "user"],
      ["assistant", "gemini"],
      ["system", "warning"],
    ]);
    expect(entries[1]?.message["thoughts"]).toEqual([{ subject: "Sheep" }]);
  });
});

describe("opencode", () => {
  it("reads an export, and counts the tokens of its messages", async () => {
    const { format, head, entries } = await readOne(
      await fixtureFolder({ [`${OPENCODE_ID}.json`]: OPENCODE }),
    );
    expect(format).toBe("opencode");
    expect(head).toMatchObject({
      id: OPENCODE_ID,
      title: "Tickets — 切符",
      preview: "buy tickets",
      metadata: { source: "opencode", cwd: "/home/kim/trip", model: "m-oc" },
      parent: { id: "ses_0000" },
      usage: {
        inputTokens: 12,
        outputTokens: 3,
        reasoningTokens: 2,
        cacheReadTokens: 40,
        cacheWriteTokens: 8,
      },
      createdAt: new Date(1790000000001).toISOString(),
      updatedAt: new Date(1790000000900).toISOString(),
    });
    expect(head.state).toEqual({
      slug: "calm-fox",
      projectID: "global",
      version: "1.1.2",
      tokens: { input: 0, output: 0 },
    });
    expect(entries[1]).toMatchObject({
      at: new Date(1790000000200).toISOString(),
      message: { role: "assistant", id: "msg_2", content: [{ type: "tool", callID: "c1" }] },
    });
  });

  it.each([
    ["the storage folder", ""],
    ["a folder around it", ".."],
    ["the session's file", `session/p1/${OPENCODE_ID}.json`],
  ])("reads the storage layout by %s", async (_what, where) => {
    const folder = await fixtureFolder(under("storage", OPENCODE_STORAGE));
    const { head, entries } = await readOne(path.join(folder, "storage", where));
    expect(head).toMatchObject({
      id: OPENCODE_ID,
      title: "Tickets — 切符",
      messageCount: 2,
      preview: "buy tickets two of them",
    });
    expect(entries.map(({ message }) => [message["id"], (message.content as unknown[]).length])).toEqual([
      ["msg_9", 2],
      ["msg_2", 1],
    ]);
  });

  // They were not even looked at: an import lost the list of what was still to be done, without a word.
  it("keeps the todo list and the diff of a session, and reports those of none", async () => {
    const todo = [{ id: "1", content: "buy", status: "pending" }];
    const folder = await fixtureFolder({
      ...OPENCODE_STORAGE,
      [`todo/${OPENCODE_ID}.json`]: JSON.stringify(todo),
      [`session_diff/${OPENCODE_ID}.json`]: "[",
      "todo/ses_9.json": "[]",
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions[0]?.head.state).toMatchObject({ $todo: todo });
    expect(unreadable.map((item) => [path.relative(folder, item.path), item.fault])).toEqual([
      [`session_diff/${OPENCODE_ID}.json`, "incomplete"],
      ["todo/ses_9.json", "incomplete"],
    ]);
    const whole = await fixtureFolder({ ...OPENCODE_STORAGE, [`session_diff/${OPENCODE_ID}.json`]: "[1]" });
    expect((await readOne(whole)).head.state).toMatchObject({ $session_diff: [1] });
  });

  it("reports what lies in the storage and cannot be read, and messages without a session", async () => {
    const folder = await fixtureFolder({
      ...OPENCODE_STORAGE,
      "part/msg_9/prt_2.json": "{",
      "session/p1/ses_2.json": '{"id":',
      "message/ses_3/msg_1.json": "{}",
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual([OPENCODE_ID]);
    expect(unreadable.map((item) => [path.relative(folder, item.path), item.fault])).toEqual([
      ["part/msg_9/prt_2.json", "incomplete"],
      ["session/p1/ses_2.json", "damaged"],
      ["message/ses_3", "damaged"],
    ]);
  });
});

describe("hermes-webui", () => {
  const state = { "sessions/abcdef012345.json": HERMES_WEBUI, "projects.json": HERMES_PROJECTS };

  it("maps every field, with the session's project", async () => {
    const folder = await fixtureFolder(state);
    const { format, head, entries } = await readOne(path.join(folder, "sessions"));
    expect(format).toBe("hermes-webui");
    expect(head).toMatchObject({
      id: "abcdef012345",
      title: "Fjord — 写真",
      preview: "what is this?",
      pinned: true,
      archived: false,
      metadata: {
        source: "hermes-webui",
        cwd: "/home/kim/trip",
        model: "vendor/m-9",
        profile: "default",
        projectId: "0123456789ab",
        project: "Norway",
      },
      usage: { inputTokens: 100, outputTokens: 20 },
      createdAt: new Date(1790000000000).toISOString(),
      updatedAt: new Date(1790000003512).toISOString(),
      state: {
        manual_title: true,
        estimated_cost: 0.0125,
        updated_at: 1790000003.5123456,
        $project: { color: "#7cb9ff" },
      },
    });
    expect(head.state).not.toHaveProperty("created_at");
    expect(entries.map(({ at }) => Date.parse(at) - 1790000000000)).toEqual([1000, 2250, 3500]);
    expect(entries[1]?.message).toMatchObject({ role: "assistant", content: null, _ts: 1790000002.25 });
  });

  it("never trusts the index, and names what else lies there", async () => {
    const folder = await fixtureFolder({
      ...state,
      "sessions/_index.json": JSON.stringify([
        { session_id: "ghost0000001", title: "gone", message_count: 3 },
      ]),
      "sessions/_deleted_webui_sessions.json": JSON.stringify({ version: 1, ids: [] }),
      "sessions/abcdef012345.json.bak": HERMES_WEBUI,
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual(["abcdef012345"]);
    expect(unreadable.map((item) => [path.basename(item.path), item.fault])).toEqual([
      ["projects.json", "not-a-session"],
      ["_deleted_webui_sessions.json", "not-a-session"],
      ["_index.json", "not-a-session"],
      ["abcdef012345.json.bak", "not-a-session"],
    ]);
  });

  it("reads the agent's older files, and exports", async () => {
    const folder = await fixtureFolder({
      "session_20260506_070000_aa11bb.json": HERMES_AGENT_FILE,
      "hermes-abcdef012345.json": HERMES_WEBUI,
    });
    const { sessions } = await readAll(folder);
    expect(sessions.map(({ format, head }) => [format, head.id, head.metadata["fileStem"]])).toEqual([
      ["hermes-webui", "abcdef012345", "hermes-abcdef012345"],
      ["hermes-webui", "20260506_070000_aa11bb", "session_20260506_070000_aa11bb"],
    ]);
    expect(sessions[1]?.head).toMatchObject({
      createdAt: "2026-05-06T07:00:00.250Z",
      updatedAt: "2026-05-06T07:01:00.500Z",
      state: { system_prompt: "You help.", session_start: "2026-05-06T07:00:00.250000" },
    });
  });
});

describe("registry-review", () => {
  it.each([
    ["the session's folder", REVIEW_ID],
    ["a folder around it", ""],
    ["its session.json", `${REVIEW_ID}/session.json`],
  ])("reads all documents and uploads by %s", async (_what, where) => {
    const folder = await fixtureFolder(under(REVIEW_ID, REVIEW));
    const { format, head, entries } = await readOne(path.join(folder, where));
    expect(format).toBe("registry-review");
    expect(entries).toEqual([]);
    expect(head).toMatchObject({
      id: REVIEW_ID,
      title: "Møre — 22",
      metadata: {
        source: "registry-review",
        stage: "document_discovery",
        projectId: "C01",
        methodology: "soil-1",
      },
      createdAt: "2026-05-06T07:00:00.123Z",
      updatedAt: "2026-05-06T07:20:00.500Z",
    });
    expect(Object.keys(head.state)).toEqual([
      "session",
      "audit_log",
      "documents",
      "evidence",
      "findings",
      "$uploads",
      "$verbatim",
    ]);
    expect(head.state).toMatchObject({
      session: {
        workflow_progress: { mappings_confirmed: true },
        "workflow_progress.initialize": "completed",
      },
      audit_log: { events: [{ action: "override_set" }] },
      evidence: { score: "NaN", hash: "12345678901234567890" },
      $verbatim: { "/evidence/score": "NaN", "/evidence/hash": "12345678901234567890" },
    });
    expect(head.state["$uploads"]).toEqual([
      {
        path: "uploads/maps/a.geojson",
        sizeBytes: 2,
        sha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        base64: "e30=",
      },
      {
        path: "uploads/plan.pdf",
        sizeBytes: 7,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        base64: Buffer.from([0x25, 0x50, 0x44, 0x46, 0, 0xff, 10]).toString("base64"),
      },
    ]);
    expect(await detect(path.join(folder, REVIEW_ID))).toBe("registry-review");
  });

  it("reports an upload above the limit, and keeps its name, size and SHA-256", async () => {
    const big = Buffer.alloc(8 * 1024 * 1024 + 1, "x");
    const folder = await fixtureFolder(under(REVIEW_ID, { ...REVIEW, "uploads/big.bin": big }));
    const { sessions, unreadable } = await readAll(folder);
    const uploads = sessions[0]?.head.state["$uploads"] as readonly Record<string, unknown>[];
    expect(uploads[0]).toEqual({
      path: "uploads/big.bin",
      sizeBytes: big.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(uploads).toHaveLength(3);
    expect(unreadable).toMatchObject([
      {
        fault: "incomplete",
        path: path.join(folder, REVIEW_ID, "uploads/big.bin"),
        format: "registry-review",
      },
    ]);
  });

  it("keeps the bytes of a document that is no JSON, and reports it", async () => {
    const folder = await fixtureFolder(under(REVIEW_ID, { ...REVIEW, "evidence.json": '{"cut' }));
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions[0]?.head.state["$uploads"]).toContainEqual(
      expect.objectContaining({ path: "evidence.json", base64: Buffer.from('{"cut').toString("base64") }),
    );
    expect(unreadable).toMatchObject([
      { fault: "incomplete", path: path.join(folder, REVIEW_ID, "evidence.json") },
    ]);
  });

  it("reports a session without a readable session.json, and reads the others", async () => {
    const other = "session-ffffffffffff";
    const folder = await fixtureFolder({
      ...under(REVIEW_ID, { ...REVIEW, "session.json": '{"session_id": "sess' }),
      ...under(other, {
        ...REVIEW,
        "session.json": String(REVIEW["session.json"]).replaceAll(REVIEW_ID, other),
      }),
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual([other]);
    expect(unreadable).toMatchObject([{ fault: "damaged", path: path.join(folder, REVIEW_ID) }]);
  });
});

describe("isDatedByFile", () => {
  it("is set only when no time stands in the file", async () => {
    const folder = await fixtureFolder({
      "a.json": '{"messages":[],"version":1}',
      "session-1790000000000.json": '{"messages":[],"version":1}',
      "b.json": HERMES_WEBUI,
      "c.yaml": "flow: f\nstate: s\n",
    });
    const dated: [string, boolean][] = [];
    for await (const item of readSessions(folder)) {
      if (item.kind === "session") dated.push([path.basename(item.path), item.isDatedByFile]);
    }
    expect(dated).toEqual([
      ["a.json", true],
      ["b.json", false],
      ["c.yaml", true],
      ["session-1790000000000.json", false],
    ]);
  });
});
