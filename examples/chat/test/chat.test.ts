import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Chat, openChat } from "../src/chat.js";
import { echoModel, type Model } from "../src/model.js";

let folder: string;
let opened: Chat[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "example-chat-"));
  opened = [];
});

afterEach(async () => {
  for (const chat of opened) await chat.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(storeUrl: string, model: Model = echoModel): Promise<Chat> {
  const chat = await openChat(storeUrl, model);
  opened.push(chat);
  return chat;
}

/** Gives the first piece of an answer and then fails, as a lost connection does. */
const brokenModel: Model = {
  ...echoModel,
  async *answer() {
    yield "This is answer";
    throw new Error("connection lost");
  },
};

const backends: readonly { readonly name: string; readonly url: () => string; readonly lasts: boolean }[] = [
  { name: "memory", url: () => "memory:", lasts: false },
  { name: "json", url: () => `json:${join(folder, "chats")}`, lasts: true },
  { name: "yaml", url: () => `yaml:${join(folder, "chats")}`, lasts: true },
  { name: "sqlite", url: () => `sqlite:${join(folder, "chats.db")}`, lasts: true },
];

describe.each(backends)("a chat in $name", ({ url, lasts }) => {
  test("say() stores the question and the answer, and what the answer has cost", async () => {
    const chat = await open(url());
    const answer = await chat.say("ann", "Why does login fail?");
    expect(await chat.resume("ann")).toEqual([
      { role: "user", content: "Why does login fail?" },
      { role: "assistant", content: answer },
    ]);
    const [row] = await chat.recent();
    expect(row).toMatchObject({
      id: "ann",
      title: "Why does login fail?",
      messageCount: 2,
      usage: { inputTokens: 4, outputTokens: 13 },
    });
  });

  test("say() gives the model what was said before", async () => {
    const chat = await open(url());
    await chat.say("ann", "One");
    expect(await chat.say("ann", "Two")).toBe('This is answer number 2. You wrote 1 words: "Two".');
  });

  test("say() hands out each piece of an answer as it comes", async () => {
    const chat = await open(url());
    const pieces: string[] = [];
    const answer = await chat.say("ann", "One", (piece) => pieces.push(piece));
    expect(pieces).toHaveLength(3);
    expect(pieces.join("")).toBe(answer);
  });

  test("resume() begins a chat that is not there", async () => {
    const chat = await open(url());
    expect(await chat.resume("ann")).toEqual([]);
    expect(await chat.recent()).toMatchObject([{ id: "ann", messageCount: 0 }]);
  });

  test(`resume() after reopening ${lasts ? "goes on where the chat ended" : "begins anew: memory forgets"}`, async () => {
    const before = await open(url());
    await before.say("ann", "One");
    const messages = await before.resume("ann");
    await before.close();

    const after = await open(url());
    expect(await after.resume("ann")).toEqual(lasts ? messages : []);
    await after.say("ann", "Two");
    expect(await after.resume("ann")).toHaveLength(lasts ? 4 : 2);
  });

  test("resume() writes an answer again that was cut off", async () => {
    const data = url();
    const chat = await open(data, lasts ? brokenModel : flakyModel());
    await expect(chat.say("ann", "One")).rejects.toThrow("connection lost");
    const resumed = lasts ? await open(data) : chat;
    expect(await resumed.resume("ann")).toEqual([
      { role: "user", content: "One" },
      { role: "assistant", content: 'This is answer number 1. You wrote 1 words: "One".' },
    ]);
  });

  test("say() from two windows at once keeps each question with its answer", async () => {
    const data = url();
    const one = await open(data);
    const two = lasts ? await open(data) : one;
    await Promise.all([one.say("ann", "One"), two.say("ann", "Two"), one.say("ann", "Three")]);
    const messages = await one.resume("ann");
    expect(messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "user",
      "assistant",
      "user",
      "assistant",
    ]);
    for (const [index, { role, content }] of messages.entries()) {
      if (role === "user") expect(messages[index + 1]?.content).toContain(`"${content}"`);
    }
  });

  test("recent() lists the newest chat first; search() finds what was said", async () => {
    const chat = await open(url());
    // In this order a tie in the same millisecond, which the id breaks, comes out alike.
    await chat.say("zoe", "The refresh token is never rotated");
    await chat.say("ann", "Where is the invoice?");
    expect((await chat.recent()).map(({ id }) => id)).toEqual(["ann", "zoe"]);
    expect((await chat.recent(1)).map(({ id }) => id)).toEqual(["ann"]);
    const hits = await chat.search("REFRESH token");
    expect(hits.map(({ id, seq }) => ({ id, seq }))).toEqual([
      { id: "zoe", seq: null },
      { id: "zoe", seq: 1 },
      { id: "zoe", seq: 2 },
    ]);
  });
});

/** Fails at its first answer only: for a store that no second handle can open. */
function flakyModel(): Model {
  let calls = 0;
  return { ...echoModel, answer: (history) => (calls++ === 0 ? brokenModel : echoModel).answer(history) };
}
