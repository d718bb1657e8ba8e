import { readFile } from "node:fs/promises";
import type { JsonValue, Message, SessionInit } from "@agent-sessions/core";
import { snapshotOf } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { Redaction, renderHtml, renderMarkdown, writeSessions } from "../src/index.js";
import { type MessageBlock, messageBlocks } from "../src/message-blocks.js";
import { readableFileName } from "../src/readable-file-name.js";
import { splitFences } from "../src/readable-text.js";
import { fenced } from "../src/write-markdown.js";
import { fixtureFolder } from "./fixture-folder.js";

const MARKUP = `</title></pre></details><script>alert(1)</script><img src=x onerror=alert(1)>"'&`;

async function rendered(render: typeof renderHtml, init: SessionInit): Promise<string> {
  await using store = await openMemorySessionStore({ clock: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
  const { id } = await store.create({ id: "s", ...init });
  let text = "";
  for await (const piece of render(await snapshotOf(store, id))) text += piece;
  return text;
}

/** A session in which every text that can be set is hostile. */
const HOSTILE: SessionInit = {
  title: MARKUP,
  labels: [MARKUP],
  metadata: { [MARKUP]: MARKUP },
  parent: { id: MARKUP, messageCount: 1 },
  usage: { [MARKUP.slice(0, 40)]: 5 },
  state: { [MARKUP]: MARKUP },
  messages: [
    { role: MARKUP, content: MARKUP },
    { role: "user", content: `a\n\`\`\`${MARKUP}\n${MARKUP}\n\`\`\`` },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: MARKUP },
        { type: "tool_use", name: MARKUP, input: { [MARKUP]: MARKUP } },
        { type: "tool_result", tool_name: MARKUP, content: MARKUP, is_error: true },
        { type: "image", source: { media_type: MARKUP }, filename: MARKUP },
        { type: MARKUP, value: MARKUP },
      ],
      [MARKUP]: MARKUP,
    },
    { role: "tool", name: MARKUP, content: MARKUP },
  ],
};

describe("renderHtml", () => {
  it("makes a page in which nothing that a session holds is markup", async () => {
    const page = await rendered(renderHtml, HOSTILE);
    const tags = new Set(Array.from(page.matchAll(/<\/?([^\s>]*)/g), ([, name = ""]) => name));
    expect([...tags].sort()).toEqual(
      "!doctype a article b body code dd details div dl dt h1 head header html main meta p pre style summary time title".split(
        " ",
      ),
    );
    // Attributes, outside the style: what stands in a tag behind its name.
    const attributes = new Set(
      Array.from(
        page.replace(/<style>[\s\S]*?<\/style>/, "").matchAll(/<[a-z0-9]+((?:\s+[\w-]+="[^"]*")*)\s*>/g),
        ([, all = ""]) => Array.from(all.matchAll(/([\w-]+)=/g), ([, name = ""]) => name),
      ).flat(),
    );
    expect([...attributes].filter((name) => name.startsWith("on"))).toEqual([]);
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("forbids script and network, and allows its own style by its digest", async () => {
    const page = await rendered(renderHtml, {});
    expect(page).toMatch(
      /content="default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'"/,
    );
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).not.toMatch(/https?:/);
  });

  it("folds tool calls, results and reasoning, and keeps code as it is", async () => {
    const page = await rendered(renderHtml, {
      messages: [
        { role: "user", content: "Look:\n```ts\nif (a < b) {\n\treturn;\n}\n```\nand say." },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ function: { name: "run", arguments: '{"cmd":"ls"}' } }],
        },
        { role: "tool", content: "done", is_error: true },
      ],
    });
    expect(page).toContain("<pre><code>if (a &lt; b) {\n\treturn;\n}</code></pre>");
    expect(page).toContain(
      "<summary>Tool call: <code>run</code></summary>\n<pre><code>{\n  &quot;cmd&quot;: &quot;ls&quot;\n}",
    );
    expect(page).toContain(
      '<details class="error">\n<summary>Tool error</summary>\n<pre><code>done</code></pre>',
    );
    expect(page).toContain('<time datetime="2026-01-02T03:04:05.000Z">2026-01-02 03:04:05 UTC</time>');
  });

  it("shows what would turn the text around, or move a cursor", async () => {
    const page = await rendered(renderHtml, {
      messages: [{ role: "user", content: "a\u202eb\u001b[31m\u0000\u0085" }],
    });
    expect(page).toContain("a\\u202eb␛[31m␀\\u0085");
  });
});

describe("renderMarkdown", () => {
  it("says what the session is: title, usage, lineage, labels, state", async () => {
    const text = await rendered(renderMarkdown, {
      title: "Fix *the* bug",
      labels: ["auth"],
      metadata: { model: "m-1" },
      parent: { id: "first", messageCount: 2 },
      usage: { inputTokens: 81234 },
      pinned: true,
      state: { plan: "x" },
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(text).toContain("# Fix \\*the\\* bug\n");
    for (const fact of [
      "fork of: `first (its first 2 messages)`",
      "usage: `inputTokens 81,234`",
      "labels: `auth`",
      "metadata: `model=m-1`",
      "marks: `pinned`",
    ])
      expect(text).toContain(`- ${fact}\n`);
    expect(text).toContain('<summary>State</summary>\n\n```json\n{\n  "plan": "x"\n}\n```');
    expect(text).toContain("## 1. user · 2026-01-02 03:04:05 UTC\n\nHello\n");
  });

  it("lets nothing that a session holds be markup outside of code", async () => {
    const text = await rendered(renderMarkdown, HOSTILE);
    const outside = splitFences(text)
      .filter(({ kind }) => kind === "prose")
      .map(({ text: prose }) => prose.replaceAll(/(?<!\\)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, ""))
      .join("\n");
    const tags = new Set(Array.from(outside.matchAll(/(?<!\\)<\/?([a-z!?]+)/gi), ([, name = ""]) => name));
    expect([...tags].sort()).toEqual(["code", "details", "summary"]);
    expect(outside.match(/<details>/g)).toHaveLength(outside.match(/<\/details>/g)?.length ?? 0);
  });

  it("folds reasoning, tool calls and results, names attachments, and shows backticks in a fact", async () => {
    const text = await rendered(renderMarkdown, {
      metadata: { note: "a `b` c" },
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "why" },
            { type: "tool_use", name: "run", input: { cmd: "ls" } },
            { type: "tool_result", content: "no", is_error: true },
            { type: "image", filename: "a.png" },
          ],
        },
        { content: "hi" },
      ],
    });
    expect(text).toContain("- metadata: `` note=a `b` c ``\n");
    expect(text).toContain("<summary>Reasoning</summary>\n\nwhy\n");
    expect(text).toContain(
      '<summary>Tool call: <code>run</code></summary>\n\n```json\n{\n  "cmd": "ls"\n}\n```\n',
    );
    expect(text).toContain("<summary>Tool error</summary>\n\n```\nno\n```\n");
    expect(text).toContain("*Attachment: image, a.png*\n");
    expect(text).toContain("## 2. message · ");
  });

  it("makes HTML outside of code a text, and leaves code alone", async () => {
    const content = "<b>no</b> but `<b>` and ``a ` <i>`` stay, ` <u> does not\n```html\n<script>\n```";
    const text = await rendered(renderMarkdown, { messages: [{ role: "user", content }] });
    expect(text).toContain(
      "&lt;b>no&lt;/b> but `<b>` and ``a ` <i>`` stay, ` &lt;u> does not\n```html\n<script>\n```\n",
    );
  });

  it("closes a fence that was left open, so that the next message is none of its code", async () => {
    const text = await rendered(renderMarkdown, {
      messages: [
        { role: "user", content: "~~~\nopen" },
        { role: "user", content: "next" },
      ],
    });
    expect(text).toContain("```\nopen\n```\n\n---\n\n## 2. user");
  });

  it("puts code behind a fence that is longer than any inside", () => {
    expect(fenced("a\n````\nb\n`````", "")).toBe("``````\na\n````\nb\n`````\n``````\n");
    expect(fenced("plain", "ts")).toBe("```ts\nplain\n```\n");
  });

  it("gives back the code of every block as it was", async () => {
    const code = '```\nnot a fence of mine\n````\n<b> & "c"';
    const text = await rendered(renderMarkdown, { messages: [{ role: "tool", content: code }] });
    expect(splitFences(text).filter(({ kind }) => kind === "code")).toEqual([
      { kind: "code", text: code, language: "" },
    ]);
  });

  it("takes time in proportion to the text", async () => {
    const content = `${"` `` ".repeat(100_000)}\n${"~~~\n".repeat(50_000)}`;
    expect(
      (await rendered(renderMarkdown, { messages: [{ role: "user", content }] })).length,
    ).toBeGreaterThan(500_000);
  });
});

describe("messageBlocks", () => {
  const call = { kind: "tool-call", name: "run", input: { cmd: "ls" } };
  const result = { kind: "tool-result", name: "run", output: "a\nb", isError: false };
  const cases: readonly (readonly [shape: string, message: Message, blocks: readonly unknown[]])[] = [
    ["text", { role: "user", content: "hi" }, [{ kind: "text", text: "hi" }]],
    ["no content", { role: "user" }, []],
    ["null content", { role: "assistant", content: null }, []],
    ["an object as content", { content: { text: "hi" } }, [{ kind: "text", text: "hi" }]],
    ["a number as content", { content: 5 }, [{ kind: "data", label: "value", value: 5 }]],
    [
      "parts",
      { content: ["a", "", { type: "text", text: "b" }, { type: "output_text", text: "c" }] },
      ["a", "b", "c"].map((text) => ({ kind: "text", text })),
    ],
    ["a call as a part", { content: [{ type: "tool_use", name: "run", input: { cmd: "ls" } }] }, [call]],
    [
      "a call with its input as text",
      { content: [{ type: "toolCall", name: "run", arguments: '{"cmd":"ls"}' }] },
      [call],
    ],
    [
      "calls beside the text",
      { content: "x", tool_calls: [{ id: "1", function: { name: "run", arguments: '{"cmd":"ls"}' } }] },
      [{ kind: "text", text: "x" }, call],
    ],
    [
      "a call with its result",
      { content: "", toolCalls: [{ name: "run", args: { cmd: "ls" }, result: ["a", { text: "b" }] }] },
      [call, result],
    ],
    [
      "a call that is no object",
      { tool_calls: ["odd"] },
      [{ kind: "data", label: "tool call", value: "odd" }],
    ],
    ["an old call", { function_call: { name: "run", arguments: '{"cmd":"ls"}' } }, [call]],
    [
      "an item of a log",
      { type: "function_call", name: "run", arguments: '{"cmd":"ls"}', call_id: "1" },
      [call],
    ],
    [
      "a call that is not JSON",
      { type: "custom_tool_call", name: "patch", input: "[oops" },
      [{ kind: "tool-call", name: "patch", input: "[oops" }],
    ],
    [
      "a result as a part",
      { content: [{ type: "tool_result", tool_name: "run", content: [{ type: "text", text: "a\nb" }] }] },
      [result],
    ],
    ["a result of a role", { role: "tool", name: "run", content: "a\nb" }, [result]],
    [
      "a result of JSON",
      { role: "tool", name: "run", content: '{"a":1}', is_error: true },
      [{ ...result, output: { a: 1 }, isError: true }],
    ],
    [
      "a result with an image",
      { role: "toolResult", toolName: "run", content: [{ type: "image" }] },
      [{ ...result, output: [{ type: "image" }] }],
    ],
    [
      "call and result in one",
      {
        content: [
          { type: "tool", tool: "run", state: { input: { cmd: "ls" }, output: "a\nb" } },
          { type: "tool", tool: "run", state: { error: "no" } },
          { type: "tool", tool: "run" },
        ],
      },
      [
        call,
        result,
        { ...call, input: {} },
        { ...result, output: "no", isError: true },
        { ...call, input: {} },
      ],
    ],
    [
      "reasoning",
      { content: "x", reasoning: "why" },
      [
        { kind: "reasoning", text: "why" },
        { kind: "text", text: "x" },
      ],
    ],
    [
      "reasoning of a log",
      { type: "reasoning", summary: [{ text: "a" }, {}] },
      [{ kind: "reasoning", text: "a\n" }],
    ],
    [
      "reasoning as a part",
      { content: [{ type: "thinking", thinking: "why" }] },
      [{ kind: "reasoning", text: "why" }],
    ],
    [
      "an attachment",
      { content: [{ type: "input_image", mimeType: "image/png", filename: "a.png" }] },
      [{ kind: "attachment", label: "image, a.png, image/png" }],
    ],
    [
      "what nobody knows",
      { content: [{ x: 1 }, { type: "odd" }], note: "n", id: "1" },
      [
        { kind: "data", label: "part", value: { x: 1 } },
        { kind: "data", label: "odd", value: { type: "odd" } },
        { kind: "data", label: "other fields", value: { note: "n" } },
      ],
    ],
  ];

  it.each(cases)("sees %s", (_shape, message, blocks) => {
    expect(messageBlocks(message)).toEqual(blocks as readonly MessageBlock[]);
  });
});

describe("writeSessions in html and markdown", () => {
  it("writes one private file a session, tells what is not in it, and redacts", async () => {
    await using store = await openMemorySessionStore();
    const key = `AKIA${"A1B2".repeat(4)}`;
    await store.create({
      id: "../a b",
      state: { $records: [1] as JsonValue },
      messages: [{ role: "user", content: key }],
    });
    const folder = await fixtureFolder({});
    const redaction = new Redaction();
    for (const format of ["html", "markdown"] as const) {
      for await (const result of writeSessions([await snapshotOf(store, "../a b")], {
        format,
        folder,
        redaction,
      })) {
        if (result.kind !== "written") throw new Error(result.reason);
        expect(result.notHeld).toEqual(["state.$records"]);
        const text = await readFile(result.path, "utf8");
        expect(text).toContain("redacted:aws-access-key");
        expect(text).not.toContain(key);
      }
    }
    expect(redaction.total).toBe(2);
  });

  it("names files so that no two ids share one, on any file system", () => {
    const ids = [
      "a",
      "A",
      "a/b",
      "a b",
      "con",
      "con.txt",
      "a.",
      "..",
      "",
      "x".repeat(300),
      `${"x".repeat(299)}y`,
      "日本",
    ];
    const names = ids.map((id) => readableFileName(id, ".md"));
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);
    for (const name of names) expect(name).toMatch(/^[\w~-][\w.~-]{0,120}\.md$/);
    expect(names[0]).toBe("a.md");
    expect(names[4]).not.toBe("con.md");
  });
});
