import { describe, expect, it } from "vitest";
import { collect } from "../src/contract/collect.js";
import { digest } from "../src/digest.js";
import { SessionCorruptedError } from "../src/errors.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import { type PruneProgress, prune } from "../src/prune.js";
import type { Entry } from "../src/session.js";
import { snapshotOf } from "../src/session-snapshot.js";
import type { SessionSnapshot, SessionStore } from "../src/session-store.js";
import { overriding } from "./contract/fault.js";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-06-30T00:00:00.000Z");

/** Sessions `d0` to `d9`, last changed so many days ago. */
async function tenDays(): Promise<SessionStore> {
  const store = await openMemorySessionStore();
  for (let days = 0; days < 10; days++) {
    const at = new Date(NOW - days * DAY_MS).toISOString();
    await store.create({
      id: `d${days}`,
      createdAt: at,
      updatedAt: at,
      labels: days % 2 === 0 ? ["even", "all"] : ["all"],
      archived: days >= 8,
      pinned: days === 9,
      messages: [{ role: "user", content: `day ${days}` }],
    });
  }
  return store;
}

async function idsIn(store: SessionStore): Promise<readonly string[]> {
  const { sessions } = await store.list({ orderBy: "id" });
  return sessions.map(({ id }) => id);
}

const planned = async (store: SessionStore, policy: Parameters<typeof prune>[1]): Promise<string> => {
  const report = await prune(store, policy, { now: NOW });
  return report.planned.map(({ session }) => session.id).join(" ");
};

describe("the plan of prune()", () => {
  it("names the sessions to which every rule applies, newest first, and nothing else", async () => {
    const store = await tenDays();
    expect(await planned(store, { olderThanMs: 6 * DAY_MS })).toBe("d7 d8");
    expect(await planned(store, { keepNewest: 7 })).toBe("d7 d8");
    expect(await planned(store, { archived: true })).toBe("d8");
    expect(await planned(store, { labels: ["even"] })).toBe("d0 d2 d4 d6 d8");
    expect(await planned(store, { labels: ["all", "even"], olderThanMs: 3 * DAY_MS })).toBe("d4 d6 d8");
    expect(await planned(store, { labels: ["even"], keepNewest: 4 })).toBe("d8");
    expect(await planned(store, { keepNewest: 2, olderThanMs: 6 * DAY_MS })).toBe("d7 d8");
    expect(await planned(store, { keepNewest: 8, olderThanMs: 0 })).toBe("d8");
    expect(await planned(store, { keepNewest: 20 })).toBe("");
  });

  it("keeps pinned sessions and counts them, unless they are included", async () => {
    const store = await tenDays();
    const report = await prune(store, { olderThanMs: 6 * DAY_MS }, { now: NOW });
    expect(report).toMatchObject({ executed: false, pinned: 1, deleted: [] });
    expect(report.planned[0]).toMatchObject({
      session: { id: "d7", messageCount: 1 },
      reasons: ["older-than"],
    });
    expect(await planned(store, { olderThanMs: 6 * DAY_MS, includePinned: true })).toBe("d7 d8 d9");
    expect((await prune(store, { keepNewest: 20 }, { now: NOW })).pinned).toBe(0);
  });

  it("deletes nothing unless it is told to execute", async () => {
    const store = await tenDays();
    let archives = 0;
    await prune(store, { keepNewest: 0 }, { archive: async () => void archives++ });
    expect([archives, (await idsIn(store)).length]).toEqual([0, 10]);
  });

  it("goes beyond one page of sessions, and stays in its namespace", async () => {
    const store = await openMemorySessionStore();
    for (let n = 0; n < 1203; n++) await store.create({ id: `s${n}` });
    await store.inNamespace("other").create({ id: "elsewhere" });
    const report = await prune(store, { keepNewest: 1 }, { execute: true });
    expect(report.deleted).toHaveLength(1202);
    expect(await idsIn(store)).toHaveLength(1);
    expect(await store.inNamespace("other").exists("elsewhere")).toBe(true);
  });

  it.each([
    [{}],
    [{ includePinned: true }],
    [{ labels: [] }],
    [{ olderThanMs: -1 }],
    [{ keepNewest: 1.5 }],
    [{ archived: false }],
    [{ archived: true, includePinned: "yes" }],
    [{ olderThan: 5 }],
    [null],
  ])("is refused for the policy %j before anything is read", async (policy) => {
    const store = overriding(await openMemorySessionStore(), {
      list: () => Promise.reject(new Error("was read")),
    });
    await expect(prune(store, policy as never, { execute: true })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });
});

it.each([
  [{ exec: true }],
  [{ execute: "yes" }],
  [{ now: Number.NaN }],
  [{ archive: "file.jsonl" }],
  [{ onProgress: 1 }],
  [{ signal: "stop" }],
  [null],
])("prune() refuses the options %j before anything is read", async (options) => {
  const store = overriding(await openMemorySessionStore(), {
    list: () => Promise.reject(new Error("was read")),
  });
  await expect(prune(store, { archived: true }, options as never)).rejects.toMatchObject({
    code: "INVALID_OPTIONS",
  });
});

describe("prune() that executes", () => {
  it("deletes exactly what was planned, and forks of it stay", async () => {
    const store = await tenDays();
    await store.fork("d7", { id: "fork" });
    const told: PruneProgress[] = [];
    const report = await prune(
      store,
      { olderThanMs: 6 * DAY_MS },
      { execute: true, now: NOW, onProgress: (progress) => told.push(progress) },
    );
    expect(report).toMatchObject({ executed: true, deleted: ["d7", "d8"], kept: [], failed: [] });
    expect(told).toEqual([
      { id: "d7", outcome: "deleted", done: 1, total: 2 },
      { id: "d8", outcome: "deleted", done: 2, total: 2 },
    ]);
    expect(await idsIn(store)).toEqual(["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d9", "fork"]);
  });

  it("gives the archive every session whole before the first is deleted", async () => {
    const store = await tenDays();
    const digests: string[] = [];
    let left = -1;
    const archive = async (sessions: AsyncIterable<SessionSnapshot>): Promise<void> => {
      for await (const session of sessions) digests.push(await digest(session));
      left = (await idsIn(store)).length;
    };
    const expected = [
      await digest(await snapshotOf(store, "d7")),
      await digest(await snapshotOf(store, "d8")),
    ];
    await prune(store, { keepNewest: 7 }, { execute: true, archive });
    expect([digests, left]).toEqual([expected, 10]);
  });

  it("deletes nothing when the archive fails, and keeps what the archive did not read to its end", async () => {
    const store = await tenDays();
    const broken = new Error("disk full");
    const failing = prune(
      store,
      { keepNewest: 0 },
      {
        execute: true,
        archive: async () => {
          throw broken;
        },
      },
    );
    await expect(failing).rejects.toBe(broken);
    expect(await idsIn(store)).toHaveLength(10);
    const lazy = await prune(
      store,
      { keepNewest: 7 },
      {
        execute: true,
        archive: async (sessions) => {
          for await (const { head, entries } of sessions) {
            if (head.id === "d8") for await (const _ of entries);
          }
        },
      },
    );
    expect(lazy).toMatchObject({ deleted: ["d8"], kept: ["d7"] });
  });

  it("gives sessions and entries again to an archive that notes their checksums first", async () => {
    const store = await tenDays();
    const noted: string[] = [];
    const written: Entry[][] = [];
    const report = await prune(
      store,
      { keepNewest: 7 },
      {
        execute: true,
        archive: async (sessions) => {
          for await (const session of sessions) noted.push(await digest(session));
          for await (const session of sessions) {
            noted.push(await digest(session));
            written.push(await collect(session.entries as AsyncIterable<Entry>));
          }
        },
      },
    );
    expect(noted.slice(0, 2)).toEqual(noted.slice(2));
    expect(written.map((entries) => entries.map(({ message }) => message.content))).toEqual([
      ["day 7"],
      ["day 8"],
    ]);
    expect(report).toMatchObject({ deleted: ["d7", "d8"], kept: [] });
  });

  it.each<[string, (sessions: AsyncIterable<SessionSnapshot>) => Promise<void>]>([
    [
      "another look at the entries that is left early",
      async (sessions) => {
        for await (const session of sessions) {
          await digest(session);
          for await (const _ of session.entries) break;
        }
      },
    ],
    [
      "another look at the sessions that reads no entries",
      async (sessions) => {
        for await (const session of sessions) await digest(session);
        for await (const _ of sessions);
      },
    ],
    [
      "an earlier look that ends last",
      async (sessions) => {
        for await (const { entries } of sessions) {
          const earlier = (entries as AsyncIterable<Entry>)[Symbol.asyncIterator]();
          await earlier.next();
          for await (const _ of entries) break;
          while ((await earlier.next()).done !== true);
        }
      },
    ],
  ])("keeps what the archive read to its end before %s", async (_what, archive) => {
    const store = await tenDays();
    const told: PruneProgress[] = [];
    const onProgress = (progress: PruneProgress): void => void told.push(progress);
    const report = await prune(store, { keepNewest: 7 }, { execute: true, archive, onProgress });
    expect(report).toMatchObject({ deleted: [], kept: ["d7", "d8"] });
    expect(await idsIn(store)).toHaveLength(10);
    expect(told.at(-1)).toEqual({ id: "d8", outcome: "kept", done: 2, total: 2 });
  });

  it("keeps a session that changed, or was made anew, since it was planned", async () => {
    const store = await tenDays();
    const changing = overriding(store, {
      list: async (query) => {
        const page = await store.list(query);
        await store.append("d1", { role: "user", content: "still here" });
        await store.delete("d2");
        await store.create({ id: "d2", title: "another one" });
        await store.delete("d3");
        return page;
      },
    });
    const archived: string[] = [];
    const report = await prune(
      changing,
      { keepNewest: 0 },
      {
        execute: true,
        archive: async (sessions) => {
          for await (const { head, entries } of sessions) {
            archived.push(head.id);
            for await (const _ of entries);
            if (head.id === "d5") await store.update("d5", { title: "changed after it was archived" });
          }
        },
      },
    );
    expect(archived).toEqual(["d0", "d4", "d5", "d6", "d7", "d8"]);
    expect(report).toMatchObject({ deleted: ["d0", "d4", "d6", "d7", "d8"], kept: ["d1", "d2", "d3", "d5"] });
    expect(await idsIn(store)).toEqual(["d1", "d2", "d5", "d9"]);
  });

  it("ends with the conflict when a session changes while it is archived, and deletes nothing", async () => {
    const store = await tenDays();
    const pruning = prune(
      store,
      { keepNewest: 0 },
      {
        execute: true,
        archive: async (sessions) => {
          for await (const { head, entries } of sessions) {
            for await (const _ of entries) await store.update(head.id, { title: "meanwhile" });
          }
        },
      },
    );
    await expect(pruning).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
    expect(await idsIn(store)).toHaveLength(10);
  });

  it("reports a session that cannot be deleted and goes on with the others; a closed store ends it", async () => {
    const store = await tenDays();
    const stuck = overriding(store, {
      delete: (id, options) => store.withLock("d7", () => store.inNamespace("").delete(id, options)),
    });
    const report = await prune(stuck, { keepNewest: 7 }, { execute: true });
    expect(report).toMatchObject({ deleted: ["d8"], failed: [{ id: "d7", code: "SESSION_LOCKED" }] });
    const closing = overriding(store, {
      delete: async (id, options) => {
        await store.close();
        return await store.delete(id, options);
      },
    });
    await expect(prune(closing, { keepNewest: 1 }, { execute: true })).rejects.toMatchObject({
      code: "STORE_CLOSED",
    });
  });

  it("keeps a session that changes in the very moment of its deletion", async () => {
    const store = await tenDays();
    const racing = overriding(store, {
      delete: async (id, options) => {
        await store.append(id, { role: "user", content: "just in time" });
        return await store.delete(id, options);
      },
    });
    const report = await prune(racing, { keepNewest: 7 }, { execute: true });
    expect(report).toMatchObject({ deleted: [], kept: ["d7", "d8"], failed: [] });
  });

  it("ends before anything is deleted when a session cannot be read for the archive", async () => {
    const store = await tenDays();
    const unreadable = overriding(store, {
      head: async (id) => {
        if (id === "d8") throw new SessionCorruptedError(id, "a file", null, "it is torn");
        return await store.head(id);
      },
    });
    const archive = async (sessions: AsyncIterable<SessionSnapshot>): Promise<void> => {
      for await (const { entries } of sessions) for await (const _ of entries);
    };
    const pruning = prune(unreadable, { keepNewest: 7 }, { execute: true, archive });
    await expect(pruning).rejects.toMatchObject({ code: "SESSION_CORRUPTED", sessionId: "d8" });
    expect(await idsIn(store)).toHaveLength(10);
  });

  it("ends between two sessions when the signal aborts, with its reason", async () => {
    const store = await tenDays();
    const abort = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ done }: PruneProgress): void => {
      if (done === 2) abort.abort(reason);
    };
    const pruning = prune(store, { keepNewest: 0 }, { execute: true, signal: abort.signal, onProgress });
    await expect(pruning).rejects.toBe(reason);
    expect(await idsIn(store)).toEqual(["d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9"]);
  });
});
