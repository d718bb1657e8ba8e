import { describe, expect, it } from "vitest";
import { collect } from "../src/contract/collect.js";
import { numbered, user } from "../src/contract/sample-messages.js";
import { digest } from "../src/digest.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import type { Entry, SessionHead } from "../src/session.js";
import { snapshotOf } from "../src/session-snapshot.js";
import type { SessionSnapshot, SessionStore } from "../src/session-store.js";
import { overriding } from "./contract/fault.js";

async function threeMessages(): Promise<SessionStore> {
  const store = await openMemorySessionStore();
  await store.create({ id: "a", messages: numbered(1, 3) });
  return store;
}

const entriesOf = (snapshot: SessionSnapshot): Promise<Entry[]> =>
  collect(snapshot.entries as AsyncIterable<Entry>);

describe("the entries of snapshotOf()", () => {
  it("can be read again, whole, also after a pass that was left early", async () => {
    const snapshot = await snapshotOf(await threeMessages(), "a");
    for await (const _ of snapshot.entries) break;
    expect((await entriesOf(snapshot)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await digest(snapshot)).toBe(await digest(snapshot));
  });

  it("are the ones that the head counts, though messages and fields were added since", async () => {
    const store = await threeMessages();
    const snapshot = await snapshotOf(store, "a");
    const before = await digest(snapshot);
    await store.append("a", user("4"));
    await store.update("a", { title: "T", state: { n: 1 } });
    expect(await digest(snapshot)).toBe(before);
  });

  const writes: readonly (readonly [string, (store: SessionStore) => Promise<unknown>])[] = [
    ["truncate", (store) => store.truncate("a", 1)],
    ["replaced tail of the same length", (store) => store.append("a", user("other"), { replaceFrom: 3 })],
    ["save of as many messages", (store) => store.save("a", { messages: numbered(4, 6) })],
    [
      "new session of that id and revision",
      async (store) => {
        const { createdAt, updatedAt } = await store.head("a");
        await store.delete("a");
        await store.create({ id: "a", messages: numbered(4, 6), createdAt, updatedAt });
      },
    ],
  ];
  it.each(writes)("reject SESSION_CONFLICT after a %s", async (_what, write) => {
    const store = await threeMessages();
    const snapshot = await snapshotOf(store, "a");
    await write(store);
    await expect(entriesOf(snapshot)).rejects.toMatchObject({ code: "SESSION_CONFLICT", sessionId: "a" });
  });

  it("reject SESSION_NOT_FOUND after a delete", async () => {
    const store = await threeMessages();
    const snapshot = await snapshotOf(store, "a");
    await store.delete("a");
    await expect(entriesOf(snapshot)).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  });

  it("are watched by time and revision where a store in between copies heads", async () => {
    const store = await threeMessages();
    const copying = overriding(store, {
      head: async (id): Promise<SessionHead> => ({ ...(await store.head(id)) }),
    });
    const snapshot = await snapshotOf(copying, "a");
    await store.append("a", user("4"));
    expect(await entriesOf(snapshot)).toHaveLength(3);
    await store.delete("a");
    await store.create({ id: "a", messages: numbered(1, 3), createdAt: "2001-01-01T00:00:00.000Z" });
    await expect(entriesOf(snapshot)).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
  });
});

it("digest() refuses entries that are not those of the head", async () => {
  const { head, entries } = await snapshotOf(await threeMessages(), "a");
  const all = await collect(entries as AsyncIterable<Entry>);
  for (const wrong of [[], all.slice(1), all.slice(0, 2), [...all, ...all.slice(2)]])
    await expect(digest({ head, entries: wrong })).rejects.toMatchObject({ code: "INVALID_VALUE" });
});
