import path from "node:path";
import { describe, expect, it } from "vitest";
import { fixtureFolder, MODIFIED_AT } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";
import { CLAW_DOCUMENT, CLAW_LOG } from "./samples.js";

const read = async (name: string, text: string): ReturnType<typeof readOne> =>
  await readOne(path.join(await fixtureFolder({ [name]: text }), name));

describe("claw-jsonl", () => {
  it("maps every record", async () => {
    const { format, head, entries } = await read("session-1790000000101-1.jsonl", CLAW_LOG);
    expect(format).toBe("claw-jsonl");
    expect(head).toMatchObject({
      id: "session-1790000000101-1",
      preview: "find a train — 東京",
      metadata: { source: "claw", model: "m-large", cwd: "/home/kim/trip" },
      parent: { id: "session-1789999999000-0", messageCount: 0 },
      usage: { inputTokens: 10, outputTokens: 4, cacheReadTokens: 5, cacheWriteTokens: 3 },
      createdAt: new Date(1790000000100).toISOString(),
      updatedAt: new Date(1790000000900).toISOString(),
      state: {
        version: 1,
        fork: { branch_name: "trains", parent_session_id: "session-1789999999000-0" },
        compaction: { count: 1, removed_message_count: 4, summary: "they chose Oslo" },
        prompt_history: [
          { text: "find a train — 東京", timestamp_ms: 1790000000200 },
          { text: "then a bus", timestamp_ms: 1790000000900 },
        ],
      },
    });
    expect(entries.map(({ message }) => message.role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "user",
    ]);
    expect(entries.map(({ at }) => Date.parse(at) % 1000)).toEqual([100, 200, 200, 200, 900]);
    expect(entries[2]?.message).toEqual({
      role: "assistant",
      content: [
        { signature: "c2ln", thinking: "look it up", type: "thinking" },
        { id: "call_1", input: '{"to":"Oslo"}', name: "search", type: "tool_use" },
      ],
      usage: {
        cache_creation_input_tokens: 3,
        cache_read_input_tokens: 5,
        input_tokens: 10,
        output_tokens: 4,
      },
    });
  });

  it("finds id and time without a meta line, in the file's name", async () => {
    const text = CLAW_LOG.split("\n").slice(1).join("\n");
    const { head } = await read("session-1790000000101-1.jsonl", text);
    expect(head).toMatchObject({
      id: "session-1790000000101-1",
      createdAt: new Date(1790000000101).toISOString(),
    });
  });

  it("leaves out what its own program would fail on, and keeps records that it does not know", async () => {
    const lines = [
      ...CLAW_LOG.trimEnd().split("\n"),
      '{"message":{"role":"user","blocks":"x"},"type":"message"}',
      '{"message":{"role":"wizard","blocks":[]},"type":"message"}',
      '{"type":"health","ok":true}',
    ];
    const { sessions, unreadable } = await readAll(await fixtureFolder({ "a.jsonl": lines.join("\n") }));
    expect(sessions[0]?.head.state["$records"]).toEqual([{ after: 5, record: { type: "health", ok: true } }]);
    expect(unreadable.map(({ fault, line }) => [fault, line])).toEqual([
      ["incomplete", 10],
      ["incomplete", 11],
    ]);
  });

  it("takes copies that the program sets aside for no sessions", async () => {
    const { sessions, unreadable } = await readAll(
      await fixtureFolder({
        "session-1-1.jsonl": CLAW_LOG,
        "session-1-1.rot-1790000000999.jsonl": CLAW_LOG,
        "session-1-1.jsonl.tmp-1790-1": CLAW_LOG,
        "session-1-1.jsonl.before-clear-1790.bak": CLAW_LOG,
      }),
    );
    expect(sessions).toHaveLength(1);
    expect(unreadable.map(({ fault }) => fault)).toEqual(Array.from({ length: 3 }, () => "not-a-session"));
  });
});

describe("claw-json", () => {
  it("takes id and time from the file's name where the oldest files have none", async () => {
    const { format, head, entries } = await read("session-1790000000000.json", CLAW_DOCUMENT);
    expect(format).toBe("claw-json");
    expect(head).toMatchObject({
      id: "session-1790000000000",
      usage: { inputTokens: 7, outputTokens: 2 },
      createdAt: new Date(1790000000000).toISOString(),
      state: { version: 1 },
    });
    expect(entries.map(({ message }) => message.role)).toEqual(["user", "assistant"]);
  });

  it("reads an empty session, dated by its file when nothing else tells", async () => {
    const { head } = await read("old.json", '{"messages":[],"version":1}');
    expect(head).toMatchObject({ id: "old", messageCount: 0, createdAt: MODIFIED_AT });
  });

  it.each([
    ["a message without blocks", '{"version":1,"messages":[{"role":"user","blocks":[]},{"role":"user"}]}'],
    ["a truncated document", CLAW_DOCUMENT.slice(0, -40)],
  ])("reports %s as damaged", async (_what, text) => {
    const { sessions, unreadable } = await readAll(await fixtureFolder({ "a.json": text }));
    expect(sessions).toEqual([]);
    expect(unreadable).toMatchObject([{ format: "claw-json", fault: "damaged" }]);
  });
});
