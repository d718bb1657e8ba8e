import path from "node:path";
import { describe, expect, it } from "vitest";
import { detect, readSessions } from "../src/index.js";
import { fixtureFolder, MODIFIED_AT } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";

const session = (fields: Record<string, unknown>): string =>
  JSON.stringify(
    {
      session_id: "0a1b",
      messages: ["plan the trip", "book it"],
      input_tokens: 5,
      output_tokens: 21,
      ...fields,
    },
    null,
    2,
  );

describe("claw-port", () => {
  it("maps every field, and takes the times from the file", async () => {
    const folder = await fixtureFolder({ "0a1b.json": session({}) });
    const { format, head, entries } = await readOne(path.join(folder, "0a1b.json"));
    expect(format).toBe("claw-port");
    expect(head).toEqual({
      id: "0a1b",
      namespace: "",
      title: "",
      preview: "plan the trip",
      labels: [],
      metadata: { source: "claw-port" },
      pinned: false,
      archived: false,
      parent: null,
      usage: { inputTokens: 5, outputTokens: 21 },
      messageCount: 2,
      revision: 1,
      createdAt: MODIFIED_AT,
      updatedAt: MODIFIED_AT,
      state: {},
    });
    expect(entries).toEqual([
      { seq: 1, at: MODIFIED_AT, message: { role: "user", content: "plan the trip" } },
      { seq: 2, at: MODIFIED_AT, message: { role: "user", content: "book it" } },
    ]);
  });

  it("keeps the file's stem where it differs from the id, and unknown keys", async () => {
    const folder = await fixtureFolder({
      "copy of it.json": session({ model: "m-1", tags: ["a", { b: null }] }),
    });
    const { head } = await readOne(folder);
    expect(head.id).toBe("0a1b");
    expect(head.metadata).toEqual({ source: "claw-port", fileStem: "copy of it" });
    expect(head.state).toEqual({ model: "m-1", tags: ["a", { b: null }] });
  });

  it.each([
    ["NaN", "NaN", true],
    ["-Infinity", "-Infinity", true],
    ["9007199254740993", "9007199254740993", true],
    ["1e400", "1e400", true],
    ["2.5", 2.5, false],
    ["-1", -1, false],
    ["null", null, false],
    ['"7"', "7", false],
  ])("keeps the token count %s, which is no counter, in state", async (written, kept, isSource) => {
    const text = session({ messages: ["NaN and 12345678901234567890 stay text"] }).replace(
      '"input_tokens": 5',
      `"input_tokens": ${written}`,
    );
    const { head, entries } = await readOne(
      path.join(await fixtureFolder({ "0a1b.json": text }), "0a1b.json"),
    );
    expect(head.usage).toEqual({ inputTokens: 0, outputTokens: 21 });
    const verbatim = isSource ? { $verbatim: { "/input_tokens": written } } : {};
    expect(head.state).toEqual({ input_tokens: kept, ...verbatim });
    expect(entries[0]?.message.content).toBe("NaN and 12345678901234567890 stay text");
  });

  it("keeps hostile texts, keys and ids as they are", async () => {
    const text = `\uFEFF{"session_id":"../x","messages":["a\\u2028b\\u0000","", "\\\\\\" NaN"],"input_tokens":0,"output_tokens":0,"__proto__":{"x":1}}`;
    const { head, entries } = await readOne(await fixtureFolder({ "x.json": text }));
    expect(head.id).toBe("../x");
    expect(entries.map(({ message }) => message.content)).toEqual(["a\u2028b\u0000", "", '\\" NaN']);
    expect(Object.getOwnPropertyDescriptor(head.state, "__proto__")?.value).toEqual({ x: 1 });
  });

  it.each([
    ["cut off", session({}).slice(0, 70)],
    ["messages that are a text", session({ messages: "abc" })],
    ["a message that is a number", session({ messages: [1] })],
    ["a missing count", session({ output_tokens: undefined })],
    ["an id that is a number", session({ session_id: 7 })],
    ["an empty id", session({ session_id: "" })],
    ["bytes that are not UTF-8", Buffer.concat([Buffer.from(session({})), Buffer.from([0xff])])],
  ])("reports a session with %s as damaged, and reads the others", async (_what, content) => {
    const folder = await fixtureFolder({ "a.json": content, "b.json": session({ session_id: "b" }) });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual(["b"]);
    expect(unreadable).toMatchObject([
      { path: path.join(folder, "a.json"), format: "claw-port", fault: "damaged", wasNamed: false },
    ]);
    expect(unreadable[0]?.reason).not.toBe("");
    expect(await detect(path.join(folder, "a.json"))).toBe("claw-port");
  });

  // Texts are cut by code unit somewhere, and a session that held such a text was lost whole.
  it("keeps a text with a lone surrogate readable, and its source beside it", async () => {
    const { entries } = await readOne(
      await fixtureFolder({ "0a1b.json": session({ messages: ["cut \ud83d"] }) }),
    );
    expect(entries.map(({ message }) => message)).toEqual([
      { role: "user", content: "cut \ufffd", $verbatim: { "/content": '"cut \\ud83d"' } },
    ]);
  });

  it("says that its times are the file's", async () => {
    for await (const item of readSessions(await fixtureFolder({ "0a1b.json": session({}) }))) {
      expect(item).toMatchObject({ kind: "session", isDatedByFile: true });
    }
  });

  it("leaves the sessions of other tools alone", async () => {
    const folder = await fixtureFolder({
      "web.json": JSON.stringify({
        session_id: "w",
        title: "t",
        messages: [{ role: "user", content: "hi" }],
      }),
      "old.json": JSON.stringify({ version: 1, messages: [] }),
    });
    const { sessions } = await readAll(folder);
    expect(sessions.map(({ format }) => format)).toEqual(["claw-json", "hermes-webui"]);
  });
});
