import { readdir } from "node:fs/promises";
import path from "node:path";
import { type Entry, type SessionSnapshot, type SessionStore, snapshotOf } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import {
  Redaction,
  readSessions,
  WRITABLE_FORMATS,
  type WritableFormat,
  writeArchive,
  writeSessions,
} from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";

/** The formats that hold messages. */
const MESSAGE_FORMATS = WRITABLE_FORMATS.filter(
  (format) => format !== "flowr" && format !== "registry-review",
);

async function storeOfThree(): Promise<SessionStore> {
  const store = await openMemorySessionStore();
  for (const id of ["a", "b"])
    await store.create({ id, messages: [1, 2, 3].map((n) => ({ role: "user", content: `text ${n}` })) });
  return store;
}

/** What another program does between a snapshot and its writing. */
const MEANWHILE: readonly (readonly [string, (store: SessionStore) => Promise<unknown>])[] = [
  ["cut", (store) => store.truncate("b", 1)],
  ["replaced at its end", (store) => store.append("b", { role: "user", content: "x" }, { replaceFrom: 3 })],
];

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

function writeFormat(format: WritableFormat, folder: string, snapshots: SessionSnapshot[]): Promise<unknown> {
  return all(writeSessions(snapshots, { format, folder }));
}

describe("a session that is not whole any more", () => {
  it.each(MEANWHILE)("is sealed in no archive when it was %s meanwhile", async (_what, write) => {
    await using store = await storeOfThree();
    const snapshots = [await snapshotOf(store, "a"), await snapshotOf(store, "b")];
    await write(store);
    const lines: string[] = [];
    const writing = (async () => {
      for await (const line of writeArchive(snapshots)) lines.push(line);
    })();
    await expect(writing).rejects.toMatchObject({ code: "SESSION_CONFLICT", sessionId: "b" });
    expect(lines.filter((line) => line.includes('"sealed"'))).toHaveLength(1);
  });

  it.each(MESSAGE_FORMATS)("is no file of %s", async (format) => {
    await using store = await storeOfThree();
    const snapshot = await snapshotOf(store, "b");
    await store.truncate("b", 1);
    const folder = await fixtureFolder({});
    await expect(writeFormat(format, folder, [snapshot])).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
    expect((await readdir(folder, { recursive: true })).filter((name) => /^b|\/b/.test(name))).toEqual([]);
  });

  it.each<[string, (entries: Entry[]) => Entry[]]>([
    ["lack the last one", (entries) => entries.slice(0, 2)],
    ["lack the first one", (entries) => entries.slice(1)],
    ["are more than the head counts", (entries) => [...entries, { ...(entries[2] as Entry), seq: 4 }]],
    ["are none", () => []],
  ])("is refused when its entries %s", async (_what, change) => {
    await using store = await storeOfThree();
    const { head, entries } = await snapshotOf(store, "a");
    const snapshot = { head, entries: change(await all(entries as AsyncIterable<Entry>)) };
    await expect(all(writeArchive([snapshot]))).rejects.toMatchObject({ code: "INVALID_VALUE" });
    const folder = await fixtureFolder({});
    for (const format of MESSAGE_FORMATS)
      await expect(writeFormat(format, folder, [snapshot])).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });
});

it("a snapshot is written as often as need be, whole, redacted or not; a secret counts once", async () => {
  await using store = await openMemorySessionStore();
  const secret = `ghp_${"a1B2".repeat(9)}`;
  await store.create({ id: "a", messages: [1, 2].map(() => ({ role: "user", content: secret })) });
  const snapshot = await snapshotOf(store, "a");
  expect(await all(writeArchive([snapshot]))).toEqual(await all(writeArchive([snapshot])));
  const redaction = new Redaction();
  const [redacted] = await all(redaction.of([snapshot]));
  if (redacted === undefined) throw new Error("no session");
  for await (const _ of redacted.entries) break;
  expect(redaction.total).toBe(1);
  const twice = await all(writeArchive([redacted, redacted]));
  expect(twice.filter((line) => line.includes("[redacted:github-token]"))).toHaveLength(6);
  expect([twice.join("").includes(secret), redaction.total]).toEqual([false, 2]);
});

describe("options that are none", () => {
  it.each([[{ redact: new Redaction() }], [{ redaction: true }], [null]])(
    "are refused by writeArchive(), before a secret gets out: %o",
    async (options) => {
      await expect(all(writeArchive([], options as never))).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
      });
    },
  );

  it.each([
    [{ redact: new Redaction() }],
    [{ redaction: {} }],
    [{ signal: "stop" }],
    [{ folder: "" }],
    [{ folder: undefined }],
    [{ format: "docx" }],
    [{ format: undefined }],
  ])("are refused by writeSessions(): %o", async (options) => {
    const folder = path.join(await fixtureFolder({}), "sub");
    const writing = all(writeSessions([], { format: "markdown", folder, ...options } as never));
    await expect(writing).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it.each([[{ fromat: "codex" }], [{ format: "docx" }], [{ signal: {} }], [null]])(
    "are refused by readSessions(): %o",
    async (options) => {
      const folder = await fixtureFolder({});
      await expect(all(readSessions(folder, options as never))).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
      });
    },
  );
});
