import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Entry, JsonObject, JsonValue, SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { readSessions, type WritableFormat, writeSessions } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { CLAW_DOCUMENT, CLAW_LOG, HERMES_WEBUI, REVIEW_ID } from "./samples.js";

type Change = Partial<Pick<SessionHead, "id" | "metadata" | "state" | "parent" | "archived" | "usage">>;

/** A session with messages as given, each with these fields. */
async function sessionWith(change: Change, messages: readonly JsonObject[] = []): Promise<SessionSnapshot> {
  await using store = await openMemorySessionStore({ clock: () => Date.UTC(2026, 4, 6) });
  const head = { ...(await store.create({ id: "a", messages })), ...change };
  const entries: Entry[] = [];
  for await (const entry of store.messages("a")) entries.push(entry);
  return { head, entries };
}

/** What a session loses in a format, or why it cannot be written. */
async function lossOf(
  format: WritableFormat,
  snapshot: SessionSnapshot,
  folder?: string,
): Promise<readonly string[] | string> {
  const target = folder ?? (await fixtureFolder({}));
  for await (const result of writeSessions([snapshot], { format, folder: target }))
    return result.kind === "written" ? result.notHeld : result.reason;
  return "nothing";
}

/** The session of a file, with a change. */
async function readAs(
  name: string,
  text: string,
  change: (head: SessionHead) => Change,
): Promise<SessionSnapshot> {
  for await (const item of readSessions(path.join(await fixtureFolder({ [name]: text }), name))) {
    if (item.kind !== "session") break;
    const entries: Entry[] = [];
    for await (const entry of item.snapshot.entries) entries.push(entry);
    return { head: { ...item.snapshot.head, ...change(item.snapshot.head) }, entries };
  }
  throw new Error("no session");
}

const user = (content: JsonValue): JsonObject => ({ role: "user", content });

describe("a session that a format cannot hold is refused with the reason", () => {
  it.each([
    ["claw-jsonl", [{ role: "robot", content: "hi" }], {}, 'its message 1 has the role "robot"'],
    ["claw-json", [{ content: "hi" }], {}, "its message 1 has the role undefined"],
    ["claw-jsonl", [user({ a: 1 })], {}, "its message 1 holds content that is none of claw's blocks"],
    ["claw-jsonl", [user(["hi"])], {}, "its message 1 holds content"],
    ["claw-jsonl", [user([{ type: "image", data: "x" }])], {}, "its message 1 holds content"],
    ["claw-jsonl", [user([{ type: "text" }])], {}, "its message 1 holds content"],
    ["hermes-webui", [{ content: "hi" }], {}, "its message 1 has the role undefined"],
    ["hermes-webui", [user({ a: 1 })], {}, "its message 1 has content that is no text"],
    ["registry-review", [], {}, 'its id is not "session-" and 12'],
    ["registry-review", [], { id: REVIEW_ID }, "its state has no session document"],
    [
      "registry-review",
      [],
      { id: REVIEW_ID, state: { session: {}, $uploads: [7] } },
      "an upload has the path undefined",
    ],
    ["claw-port", [], { id: ".hidden" }, "its id cannot be a file's name there"],
    ["claw-port", [], { id: "東".repeat(70) }, "its id cannot be a file's name there"],
  ] as const)("%s %j %j", async (format, messages, change, reason) => {
    const loss = await lossOf(format, await sessionWith(change, messages));
    expect(String(loss).slice(0, reason.length)).toBe(reason);
  });
});

describe("what a format has no place for is named", () => {
  it("the head's parts, in a format that holds none of them", async () => {
    const state = { flow: "f", state: "s" };
    const parent = { id: "p", messageCount: 0 };
    const usage = { inputTokens: 1, outputTokens: 0 };
    const session = await sessionWith({ state, parent, archived: true, usage }, [user("hi")]);
    expect(await lossOf("flowr", session)).toEqual(["archived", "parent", "usage", "messages"]);
  });

  // The times of messages were dropped without a word.
  it("times, where the format has none", async () => {
    const { head, entries } = await sessionWith({}, [user("hi")]);
    const at = "2020-01-01T00:00:00.000Z";
    const dated = { head: { ...head, createdAt: at }, entries };
    expect(await lossOf("claw-port", dated)).toEqual(["createdAt", "updatedAt", "entries.at"]);
    const metadata = { source: "claw-port" };
    const imported = { ...head, metadata, createdAt: at, updatedAt: at };
    const undated = [{ seq: 1, at, message: user("hi") }];
    expect(await lossOf("claw-port", { head: imported, entries: undated })).toEqual([]);
  });

  it("counters beyond those that the format has", async () => {
    const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, judgements: 4 };
    const session = await sessionWith({ usage });
    expect(await lossOf("claw-port", session)).toEqual([
      "usage.cacheReadTokens",
      "usage.judgements",
      "createdAt",
      "updatedAt",
    ]);
    expect(await lossOf("hermes-webui", session)).toEqual(["usage.judgements"]);
  });

  // Claw counts tokens on messages: a total that they do not add up to was said to be held.
  it("a total of tokens, and times, that claw's files do not give back", async () => {
    const usage = { inputTokens: 5, outputTokens: 1 };
    const message = { ...user("hi"), usage: { input_tokens: 5, output_tokens: 1 } };
    expect(await lossOf("claw-json", await sessionWith({ usage }, [message]))).toEqual([]);
    expect(await lossOf("claw-json", await sessionWith({ usage }, [user("hi")]))).toEqual(["usage"]);
    const { head, entries } = await sessionWith({}, [user("a"), user("b")]);
    const later = [...(entries as Entry[])].map((entry) => ({ ...entry, at: "2026-05-07T00:00:00.000Z" }));
    expect(await lossOf("claw-jsonl", { head, entries: later })).toEqual(["entries.at"]);
  });

  // They were written as claw's own, whatever they meant, or dropped without a word.
  it("state under claw's keys that did not come from claw, or is no record", async () => {
    const state = { compaction: "none", prompt_history: [1], version: "two", fork: 7 };
    expect(await lossOf("claw-jsonl", await sessionWith({ state }))).toEqual([
      "state.compaction",
      "state.prompt_history",
      "state.version",
      "state.fork",
    ]);
    const own = await readAs("x.json", CLAW_DOCUMENT, ({ state: read }) => ({
      state: { ...read, ...state },
    }));
    expect(await lossOf("claw-jsonl", own)).toEqual(["state.compaction", "state.prompt_history"]);
  });

  it("what stands beside the messages of a log, in a document", async () => {
    const log = CLAW_LOG.replaceAll('"type":"message"', '"type":"message","seen":true');
    const session = await readAs("x.jsonl", log, () => ({}));
    expect(await lossOf("claw-json", session)).toEqual(["messages.$record"]);
    const target = await fixtureFolder({});
    expect(await lossOf("claw-jsonl", session, target)).toEqual([]);
    expect(await readFile(path.join(target, "x.jsonl"), "utf8")).toContain('"seen":true');
  });

  it("uploads that were never imported, or are none", async () => {
    const session = {};
    const upload = { path: "uploads/big.bin", sizeBytes: 9, sha256: "00" };
    const of = async (state: JsonObject): Promise<unknown> =>
      await lossOf("registry-review", await sessionWith({ id: REVIEW_ID, state }, [user("hi")]));
    expect(await of({ session, $uploads: [upload], ".hidden": {}, note: 1 })).toEqual([
      "messages",
      "state..hidden",
      "state.note",
      "state.$uploads: the content of uploads/big.bin, which was never imported",
    ]);
    expect(await of({ session, $uploads: 7 })).toEqual(["messages", "state.$uploads"]);
  });
});

describe("names of files", () => {
  it("a folder that was renamed keeps its name", async () => {
    const target = await fixtureFolder({});
    const change = { id: REVIEW_ID, state: { session: {} }, metadata: { fileStem: "session-ffffffffffff" } };
    expect(await lossOf("registry-review", await sessionWith(change), target)).toEqual([]);
    expect(await readdir(target)).toEqual(["session-ffffffffffff"]);
  });

  it("a file in a folder's place is not written over", async () => {
    const target = await fixtureFolder({ [REVIEW_ID]: "mine" });
    const session = await sessionWith({ id: REVIEW_ID, state: { session: {} } });
    expect(await lossOf("registry-review", session, target)).toContain("exists already");
    expect(await readFile(path.join(target, REVIEW_ID), "utf8")).toBe("mine");
  });

  it("rejects STORE_IO for a folder that cannot be made", async () => {
    const target = await fixtureFolder({ file: "" });
    const writing = lossOf("claw-port", await sessionWith({}), path.join(target, "file", "in"));
    await expect(writing).rejects.toMatchObject({
      code: "STORE_IO",
      location: path.join(target, "file", "in"),
    });
  });
});

describe("hermes-webui's folder", () => {
  const own = async (text = HERMES_WEBUI): Promise<SessionSnapshot> =>
    await readAs("abcdef012345.json", text, ({ state }) => ({
      state: { ...state, $project: { project_id: "p", name: "New" } },
    }));

  // A list of projects that was cut off was overwritten, and with it every project in it.
  it("rejects INVALID_OPTIONS for a list of projects that cannot be read, and changes nothing", async () => {
    const target = await fixtureFolder({ "projects.json": '[{"project_id": "mine"' });
    await expect(lossOf("hermes-webui", await own(), target)).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
    expect(await readdir(target)).toEqual(["projects.json"]);
    expect(await readFile(path.join(target, "projects.json"), "utf8")).toBe('[{"project_id": "mine"');
  });

  // A mark that only this process knows was written in the place of such numbers.
  it("keeps numbers that JavaScript cannot hold in the list of projects and the index", async () => {
    const target = await fixtureFolder({
      "projects.json": '[{"project_id": "mine", "n": 12345678901234567890}]',
    });
    const odd = HERMES_WEBUI.replace("0.0125", "NaN").replace("1790000003.5123456", "null");
    expect(await lossOf("hermes-webui", await own(odd), target)).toEqual([]);
    expect(await readFile(path.join(target, "projects.json"), "utf8")).toContain('"n": 12345678901234567890');
    const index = await readFile(path.join(target, "sessions", "_index.json"), "utf8");
    expect(index).toContain('"estimated_cost": NaN');
    expect(index).toContain('"message_count": 3');
  });

  it("adds parts and empty content as the program has them", async () => {
    const target = await fixtureFolder({});
    const session = await sessionWith({}, [user([{ type: "text", text: "hi" }]), { role: "assistant" }]);
    await writeFile(path.join(target, "x"), "");
    expect(await lossOf("hermes-webui", session, target)).toEqual([]);
    const { messages } = JSON.parse(await readFile(path.join(target, "sessions", "a.json"), "utf8")) as {
      messages: unknown;
    };
    const timestamp = Date.UTC(2026, 4, 6) / 1000;
    expect(messages).toEqual([
      { role: "user", content: [{ type: "text", text: "hi" }], timestamp },
      { role: "assistant", content: null, timestamp },
    ]);
  });
});
