import path from "node:path";
import { describe, expect, it } from "vitest";
import { detect, readSessions } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";
import { OPENCODE_ID, OPENCODE_STORAGE, REVIEW, REVIEW_ID, SINGLE_FILES, under } from "./samples.js";

describe("a file is known by what it holds", () => {
  it.each(SINGLE_FILES)(
    "$format, under its own name and under another",
    async ({ format, name, text, messages }) => {
      const folder = await fixtureFolder({ [name]: text, "some file": text });
      for (const one of [name, "some file"]) {
        expect(await detect(path.join(folder, one))).toBe(format);
        const session = await readOne(path.join(folder, one));
        expect([session.format, session.entries.length, session.head.messageCount]).toEqual([
          format,
          messages,
          messages,
        ]);
      }
    },
  );

  it.each(SINGLE_FILES)(
    "$format, however much of it is missing at the end",
    async ({ format, name, text }) => {
      for (const part of [0.5, 0.7, 0.9]) {
        const folder = await fixtureFolder({ [name]: text.slice(0, Math.ceil(text.length * part)) });
        expect(await detect(path.join(folder, name)), `${part} of it`).toBe(format);
      }
    },
  );

  // What a tool was called with looked like a flow's session.
  it("is not taken in by marks of another format further in", async () => {
    const call = {
      flow: "f",
      state: "s",
      stack: [],
      session_id: "x",
      messages: ["a"],
      sessionId: "y",
      projectHash: "z",
    };
    const text = JSON.stringify({
      session_id: "w",
      title: "t",
      messages: [{ role: "tool", args: call }],
      tool_calls: [call],
    });
    const folder = await fixtureFolder({ "w.json": text });
    expect(await detect(path.join(folder, "w.json"))).toBe("hermes-webui");
  });

  it("finds sessions of every format in one folder", async () => {
    const folder = await fixtureFolder({
      ...Object.fromEntries(SINGLE_FILES.map(({ format, name, text }) => [`${format}/${name}`, text])),
      ...under("storage", OPENCODE_STORAGE),
      ...under(`deep/er/${REVIEW_ID}`, REVIEW),
      "notes.md": "hello",
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ format }) => format).toSorted()).toEqual(
      [...SINGLE_FILES.map(({ format }) => format), "opencode", "registry-review"].toSorted(),
    );
    expect(unreadable.map((item) => path.basename(item.path))).toEqual(["notes.md"]);
  });

  it("reads a folder that is one session as one when it is met twice, and only once", async () => {
    const folder = await fixtureFolder(under(REVIEW_ID, REVIEW));
    expect((await readAll([folder, path.join(folder, REVIEW_ID)])).sessions).toHaveLength(2);
    expect(await detect(folder)).toBeNull();
  });
});

describe("a file that could be of several formats", () => {
  const text = '{"session_id": "x", "messages": []}';

  it("is reported with its candidates, and detect() rejects INVALID_VALUE", async () => {
    const folder = await fixtureFolder({ "x.json": text });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions).toEqual([]);
    expect(unreadable).toMatchObject([{ fault: "ambiguous", format: null }]);
    expect(unreadable[0]?.reason).toMatch(/claw-port.*hermes-webui/);
    await expect(detect(path.join(folder, "x.json"))).rejects.toMatchObject({
      code: "INVALID_VALUE",
      message: expect.stringMatching(/claw-port.*hermes-webui/),
    });
  });

  it("is read as the format that is asked for", async () => {
    const folder = await fixtureFolder({ "x.json": text });
    const formats: string[] = [];
    for await (const item of readSessions(folder, { format: "hermes-webui" })) {
      formats.push(item.kind === "session" ? item.format : item.fault);
    }
    expect(formats).toEqual(["hermes-webui"]);
    await expect(readSessions(folder, { format: "word" as never }).next()).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });

  it("reads nothing else than the format that is asked for", async () => {
    const folder = await fixtureFolder({
      "x.json": text,
      [`${OPENCODE_ID}/a.txt`]: "no",
      ...under(REVIEW_ID, REVIEW),
    });
    const kinds: string[] = [];
    for await (const item of readSessions(folder, { format: "registry-review" })) kinds.push(item.kind);
    expect(kinds.filter((kind) => kind === "session")).toHaveLength(1);
  });
});
