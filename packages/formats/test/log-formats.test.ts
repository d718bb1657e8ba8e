import path from "node:path";
import { describe, expect, it } from "vitest";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";
import { CLAUDE_CODE, CLAUDE_ID, CODEX, CODEX_ID, PI, PI_ID, PI_OLD } from "./samples.js";

const read = async (name: string, text: string): ReturnType<typeof readOne> =>
  await readOne(path.join(await fixtureFolder({ [name]: text }), name));

describe("claude-code", () => {
  it("maps messages with their links, and counts the tokens of a reply once", async () => {
    const { format, head, entries } = await read(`${CLAUDE_ID}.jsonl`, CLAUDE_CODE);
    expect(format).toBe("claude-code");
    expect(head).toMatchObject({
      id: CLAUDE_ID,
      title: "",
      preview: "book a hotel",
      metadata: {
        source: "claude-code",
        cwd: "/home/kim/trip",
        gitBranch: "main",
        version: "2.0.1",
        model: "m-1",
      },
      usage: { inputTokens: 9, outputTokens: 12, cacheReadTokens: 100, cacheWriteTokens: 7 },
      parent: null,
      messageCount: 4,
      createdAt: "2026-05-06T07:00:00.000Z",
      updatedAt: "2026-05-06T07:00:07.000Z",
    });
    expect(entries.map(({ message }) => (message as { $record?: { uuid?: string } }).$record?.uuid)).toEqual([
      "u1",
      "a1",
      "a2",
      "u2",
    ]);
    expect(entries[3]?.message).toEqual({
      role: "user",
      content: [{ type: "tool_result", tool_use_id: "t1", content: "three" }],
      $record: {
        parentUuid: "gone",
        isSidechain: true,
        cwd: "/home/kim/trip",
        sessionId: CLAUDE_ID,
        version: "2.0.1",
        gitBranch: "main",
        type: "user",
        toolUseResult: { towns: 3 },
        uuid: "u2",
        timestamp: "2026-05-06T07:00:07.000Z",
      },
    });
  });

  it("keeps every other record and its place, and lets no time go back", async () => {
    const { head, entries } = await read(`${CLAUDE_ID}.jsonl`, CLAUDE_CODE);
    const records = head.state["$records"] as readonly { after: number; record: { type: string } }[];
    expect(records.map(({ after, record }) => [after, record.type])).toEqual([
      [0, "summary"],
      [0, "file-history-snapshot"],
      [3, "progress"],
    ]);
    expect(entries.map(({ at }) => at.slice(17, 19))).toEqual(["00", "05", "05", "07"]);
  });

  it("takes a title from a summary of this session, and from a title that was set", async () => {
    const own = CLAUDE_CODE.replace("99999999-0000-4000-8000-000000000000", "a1");
    expect((await read(`${CLAUDE_ID}.jsonl`, own)).head.title).toBe("Of another session");
    const set = `${own}${JSON.stringify({ type: "custom-title", customTitle: "Two\nnights", sessionId: CLAUDE_ID })}\n`;
    const { head } = await read(`${CLAUDE_ID}.jsonl`, set);
    expect(head.title).toBe("Two nights");
    expect(head.state["title"]).toBe("Two\nnights");
  });

  it("takes a subagent's log for a session of its own, started by the other", async () => {
    const { head } = await read("agent-7f.jsonl", CLAUDE_CODE);
    expect(head).toMatchObject({ id: "agent-7f", parent: { id: CLAUDE_ID, messageCount: 0 } });
  });

  it("knows a copy under another name by what it holds", async () => {
    const { head } = await read("full.jsonl", CLAUDE_CODE);
    expect(head).toMatchObject({ id: CLAUDE_ID, metadata: { fileStem: "full" }, parent: null });
  });

  // A writer was killed before its newline; passing over the line lost both records.
  it("reads two records on one line, and a last line without its end", async () => {
    const glued = CLAUDE_CODE.replaceAll("\n", "").replaceAll("}{", "}{");
    const { head } = await read(`${CLAUDE_ID}.jsonl`, glued);
    expect(head.messageCount).toBe(4);
    expect((head.state["$records"] as unknown[]).length).toBe(3);
  });

  it("leaves out a bad line, says which, and reads the rest", async () => {
    const lines = CLAUDE_CODE.trimEnd().split("\n");
    lines[3] = lines[3]?.slice(0, 50) ?? "";
    const bytes = Buffer.concat([Buffer.from(lines.join("\n")), Buffer.from([10, 0xff, 0xfe, 10])]);
    const folder = await fixtureFolder({ [`${CLAUDE_ID}.jsonl`]: bytes });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.messageCount)).toEqual([3]);
    expect(sessions[0]?.entries).toHaveLength(3);
    expect(unreadable).toMatchObject([
      { fault: "incomplete", format: "claude-code", line: 4, path: path.join(folder, `${CLAUDE_ID}.jsonl`) },
      { fault: "incomplete", line: 8 },
    ]);
  });

  it("tells the first hundred bad lines one by one, and counts the others", async () => {
    const { sessions, unreadable } = await readAll(
      await fixtureFolder({ [`${CLAUDE_ID}.jsonl`]: `${CLAUDE_CODE}${"oops\n".repeat(150)}` }),
    );
    expect(sessions).toHaveLength(1);
    expect(unreadable).toHaveLength(101);
    expect(unreadable.at(-1)?.reason).toContain("50");
  });

  it("keeps a lone surrogate and a number that no double holds", async () => {
    const text = CLAUDE_CODE.replace('"book a hotel"', '"book \\ud83d"').replace(
      '"towns":3',
      '"towns":12345678901234567890',
    );
    const { entries } = await read(`${CLAUDE_ID}.jsonl`, text);
    expect(entries[0]?.message).toMatchObject({
      content: "book \ufffd",
      $verbatim: { "/content": '"book \\ud83d"' },
    });
    expect(entries[3]?.message).toMatchObject({
      $record: { toolUseResult: { towns: "12345678901234567890" } },
      $verbatim: { "/$record/toolUseResult/towns": "12345678901234567890" },
    });
  });
});

describe("codex", () => {
  it("takes response items for the conversation, in their order, and keeps all else", async () => {
    const { head, entries } = await read(`rollout-2026-05-06T07-00-00-${CODEX_ID}.jsonl`, CODEX);
    expect(head).toMatchObject({
      id: CODEX_ID,
      metadata: {
        source: "codex",
        cwd: "/home/kim/trip",
        gitBranch: "main",
        version: "0.104.0",
        model: "m-codex",
      },
      usage: { inputTokens: 25, outputTokens: 8, cacheReadTokens: 2, reasoningTokens: 1 },
      createdAt: "2026-05-06T06:59:59.500Z",
      updatedAt: "2026-05-06T07:00:07.000Z",
    });
    expect(entries.map(({ message }) => [message.role, message["type"]])).toEqual([
      ["user", "message"],
      ["assistant", "reasoning"],
      ["assistant", "function_call"],
      ["tool", "function_call_output"],
    ]);
    expect(entries[3]?.message).toMatchObject({ content: "packed", call_id: "c1" });
    const records = head.state["$records"] as readonly { after: number; record: { type: string } }[];
    expect(records.map(({ after, record }) => `${after} ${record.type}`)).toEqual([
      "0 session_meta",
      "1 event_msg",
      "1 turn_context",
      "1 event_msg",
      "4 compacted",
      "4 event_msg",
      "4 event_msg",
    ]);
    expect(records[4]?.record).toMatchObject({ payload: { replacement_history: [{ role: "user" }] } });
  });

  it("takes the first session_meta for the session's own, and links to the one it was forked from", async () => {
    const [meta = "", ...rest] = CODEX.split("\n");
    const own = meta
      .replace(CODEX_ID, "019c0000-9999-7222-8333-444444444444")
      .replace('"cwd"', `"forked_from_id":"${CODEX_ID}","cwd"`);
    const { head } = await read("rollout.jsonl", [own, meta, ...rest].join("\n"));
    expect(head).toMatchObject({
      id: "019c0000-9999-7222-8333-444444444444",
      parent: { id: CODEX_ID },
      metadata: { fileStem: "rollout" },
    });
  });

  it("goes on without its first line", async () => {
    const name = `rollout-2026-05-06T07-00-00-${CODEX_ID}.jsonl`;
    const { sessions, unreadable } = await readAll(await fixtureFolder({ [name]: CODEX.slice(20) }));
    expect(sessions).toMatchObject([
      { head: { id: CODEX_ID, messageCount: 4, createdAt: "2026-05-06T07:00:01.000Z" } },
    ]);
    expect(unreadable).toMatchObject([{ fault: "incomplete", line: 1 }]);
  });
});

describe("pi", () => {
  it("reads all branches of version 3, with what links them", async () => {
    const { head, entries } = await read(`2026-05-06T07-00-00-000Z_${PI_ID}.jsonl`, PI);
    expect(head).toMatchObject({
      id: PI_ID,
      title: "Weather",
      metadata: { source: "pi", cwd: "/home/kim/trip", model: "m-pi" },
      parent: { id: "0199aaaa-0000-7000-8000-000000000000", messageCount: 0 },
      usage: { inputTokens: 12, outputTokens: 8, cacheReadTokens: 20 },
      createdAt: "2026-05-06T07:00:00.000Z",
      updatedAt: "2026-05-06T07:00:07.000Z",
    });
    expect(head.metadata).not.toHaveProperty("fileStem");
    expect(head.state).toMatchObject({
      version: 3,
      parentSession: expect.stringContaining("/home/kim/.pi/"),
    });
    expect(entries.map(({ message }) => message.role)).toEqual(["user", "assistant", "tool", "assistant"]);
    expect(entries[3]?.message["$record"]).toEqual({
      id: "e7",
      parentId: "e6",
      timestamp: "2026-05-06T07:00:07.000Z",
    });
    expect((head.state["$records"] as unknown[]).length).toBe(3);
  });

  it("reads version 1, whose header may be younger than its messages", async () => {
    const { head, entries } = await read("b_old-1.jsonl", PI_OLD);
    expect(head).toMatchObject({
      id: "old-1",
      parent: { id: "old-0" },
      metadata: { model: "m-old", cwd: "/home/kim" },
    });
    expect(entries).toMatchObject([
      { at: "2025-05-06T07:00:01.000Z", message: { role: "user", content: "early" } },
    ]);
    expect(head.state["$records"]).toMatchObject([{ after: 1, record: { firstKeptEntryIndex: 1 } }]);
  });
});

describe("the entries of a log", () => {
  it("can be read twice", async () => {
    const folder = await fixtureFolder({ "x.jsonl": PI });
    const once = await readAll(folder);
    expect(await readAll([folder, folder])).toMatchObject({ sessions: [once.sessions[0], once.sessions[0]] });
  });
});
