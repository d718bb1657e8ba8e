import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { createColors } from "../src/colors.js";
import { messageText } from "../src/message-text.js";
import { sessionText } from "../src/session-text.js";

const colors = createColors(false);

describe("messageText()", () => {
  // Each message of Claude Code was followed by eleven lines of its log, and its tools were JSON.
  it("says what is said and done, and not what a log notes beside it", () => {
    const message = {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Look first.\n\nThen say.", signature: "c2ln" },
        { type: "text", text: "I look." },
        {
          type: "tool_use",
          id: "t1",
          name: "Bash",
          input: { command: "ls\ncat x", timeout: 5, env: { A: "b" } },
        },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      ],
      usage: { input_tokens: 1 },
      $record: { uuid: "u", parentUuid: null },
    };
    expect(messageText(message, colors)).toEqual({
      text: [
        "reasoning",
        "  Look first.",
        "",
        "  Then say.",
        "I look.",
        "call Bash",
        "  command:",
        "    ls",
        "    cat x",
        "  timeout: 5",
        '  env: {"A":"b"}',
        "[image, image/png]",
      ].join("\n"),
      isPart: true,
    });
  });

  it("shows results and errors of tools, and parts that nobody knows as JSON", () => {
    const content = [
      { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "a\nb" }] },
      { type: "tool_result", tool_use_id: "t2", content: "no such file", is_error: true },
      { type: "quiz", answer: 42 },
    ];
    expect(messageText({ role: "user", content }, colors).text).toBe(
      'result\n  a\n  b\nerror\n  no such file\nquiz\n  {\n    "type": "quiz",\n    "answer": 42\n  }',
    );
  });

  it("shows fields that stand alone, and says of plain texts that they are all", () => {
    expect(messageText({ role: "user", verdict: "yes" }, colors)).toEqual({
      text: 'other fields\n  {\n    "verdict": "yes"\n  }',
      isPart: true,
    });
    for (const message of [
      { role: "user" },
      { role: "user", content: "hi" },
      { content: [{ type: "text", text: "hi" }] },
    ])
      expect(messageText(message, colors).isPart).toBe(false);
  });

  it("sends no control characters of a message to a terminal, whatever it is", () => {
    const evil = "\u001b[2J";
    const content = [
      evil,
      { type: "tool_use", name: evil, input: { [evil]: evil } },
      { type: "tool_result", content: evil, tool_name: evil },
      { type: evil, x: 1 },
      { type: "image", filename: evil },
      { type: "thinking", thinking: evil },
    ];
    expect(messageText({ role: "user", content, [evil]: evil }, colors).text).not.toContain("\u001b");
  });
});

describe("sessionText()", () => {
  it("leaves out what an import kept, and says how to see it", async () => {
    await using store = await openMemorySessionStore();
    await store.create({
      id: "s",
      state: { step: 1, $records: [{ a: 1 }] },
      messages: [{ role: "user", content: "hi" }],
    });
    const read = async (full: boolean): Promise<string> => {
      const parts: string[] = [];
      for await (const part of sessionText(store, "s", { colors, full })) parts.push(part);
      return parts.join("");
    };
    expect(await read(false)).toMatch(/state {6}\{"step":1\}\n[^$]*\nNot all fields are shown/);
    expect(await read(true)).toContain('"$records":[{"a":1}]');
    expect(await read(true)).not.toContain("Not all fields");
  });
});
