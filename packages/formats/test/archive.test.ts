import path from "node:path";
import { digest, type Entry, SessionCorruptedError, type SessionSnapshot } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { detect, readSessions, writeArchive } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll } from "./read-all.js";

describe("archive", () => {
  it("gives back exactly what was written, and restores", async () => {
    const snapshots = await sampleSnapshots();
    const folder = await fixtureFolder({ "all.jsonl": await archiveText(snapshots) });
    const { sessions, unreadable } = await readAll(folder);
    expect(unreadable).toEqual([]);
    expect(sessions.map(({ format, head, entries }) => ({ format, head, entries }))).toEqual(
      snapshots.map(({ head, entries }) => ({ format: "agent-sessions", head, entries })),
    );
    expect(await detect(path.join(folder, "all.jsonl"))).toBe("agent-sessions");

    await using store = await openMemorySessionStore();
    const digests: string[] = [];
    for await (const item of readSessions(folder)) {
      if (item.kind !== "session") throw new Error(item.reason);
      await store.restore(item.snapshot);
      digests.push(
        await digest({
          head: await store.head(item.snapshot.head.id),
          entries: store.messages(item.snapshot.head.id),
        }),
      );
    }
    expect(digests).toEqual(await Promise.all(snapshots.map(digest)));
  });

  it("refuses a session that was changed, names it, keeps none of it, and reads the others", async () => {
    const text = (await archiveText(await sampleSnapshots())).replace("second thoughts", "second thought");
    const folder = await fixtureFolder({ "all.jsonl": text });
    await using store = await openMemorySessionStore();
    const failed: unknown[] = [];
    for await (const item of readSessions(folder)) {
      if (item.kind !== "session") throw new Error(item.reason);
      await store.restore(item.snapshot).catch((error: unknown) => failed.push(error));
    }
    expect(failed).toHaveLength(1);
    expect(failed[0]).toBeInstanceOf(SessionCorruptedError);
    expect((failed[0] as SessionCorruptedError).sessionId).toBe("one");
    expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["two"]);
  });

  it("reports damage in a session that nobody read", async () => {
    const text = (await archiveText(await sampleSnapshots())).replace("second thoughts", "second thought");
    const folder = await fixtureFolder({ "all.jsonl": text });
    const items: unknown[] = [];
    for await (const item of readSessions(folder))
      items.push(item.kind === "session" ? item.snapshot.head.id : item);
    expect(items).toMatchObject([
      "one",
      { kind: "unreadable", fault: "damaged", line: 5, format: "agent-sessions" },
      "two",
    ]);
  });

  it("reports an archive that was cut at any line", async () => {
    const lines = (await archiveText(await sampleSnapshots())).split("\n").slice(0, -1);
    for (let kept = 1; kept < lines.length; kept++) {
      const folder = await fixtureFolder({ "all.jsonl": `${lines.slice(0, kept).join("\n")}\n` });
      const problems: string[] = [];
      for await (const item of readSessions(folder))
        if (item.kind === "unreadable") problems.push(item.reason);
      expect(problems, `cut after line ${kept}`).not.toEqual([]);
    }
  });

  it("goes on behind a line that is garbled", async () => {
    const text = (await archiveText(await sampleSnapshots())).replace('{"entry":{"seq":2', '{"entry":{seq:2');
    const items: unknown[] = [];
    for await (const item of readSessions(await fixtureFolder({ "all.jsonl": text }))) {
      items.push(item.kind === "session" ? item.snapshot.head.id : [item.fault, item.line]);
    }
    expect(items).toEqual(["one", ["damaged", 4], "two"]);
  });

  it("refuses an archive of a newer major, and reads one of a newer minor", async () => {
    const text = await archiveText(await sampleSnapshots());
    const newer = await readAll(await fixtureFolder({ "a.jsonl": text.replace('"1.0"', '"2.0"') }));
    expect(newer).toMatchObject({ sessions: [], unreadable: [{ fault: "damaged", line: 1 }] });
    const minor = text
      .replace('"1.0"', '"1.7","compressed":false')
      .replace('{"end":', '{"note":"new","end":');
    expect(await readAll(await fixtureFolder({ "a.jsonl": minor }))).toMatchObject({
      sessions: [{ head: { id: "one" } }, { head: { id: "two" } }],
      unreadable: [],
    });
  });

  // The README promised it, and the reader took such a record for damage, inside a session and between two.
  it("passes over records that a newer minor adds, and reports them in its own", async () => {
    const text = (await archiveText(await sampleSnapshots())).replaceAll(
      /^(?=\{"(?:session|entry|sealed|end)")/gm,
      '{"attachment":{"bytes":3}}\n',
    );
    const newer = await readAll(await fixtureFolder({ "a.jsonl": text.replace('"1.0"', '"1.1"') }));
    expect(newer).toMatchObject({
      sessions: [{ head: { id: "one" } }, { head: { id: "two" } }],
      unreadable: [],
    });
    const items: unknown[] = [];
    for await (const item of readSessions(await fixtureFolder({ "a.jsonl": text }))) items.push(item);
    expect(items).toContainEqual(expect.objectContaining({ fault: "damaged", line: 2 }));
  });

  // `cat a.jsonl b.jsonl` made an archive of which the second half was dropped in silence.
  it("reports what stands behind the last line", async () => {
    const text = await archiveText(await sampleSnapshots());
    const { sessions, unreadable } = await readAll(await fixtureFolder({ "a.jsonl": text + text }));
    expect(sessions.map(({ head }) => head.id)).toEqual(["one", "two"]);
    expect(unreadable).toMatchObject([{ fault: "damaged", line: text.split("\n").length }]);
  });

  // One damaged session was reported twice: by the store as an invalid value, and by the archive as damage.
  it("rejects SESSION_CORRUPTED, once, for a session that lacks a message", async () => {
    const text = (await archiveText(await sampleSnapshots())).replace(/^\{"entry":\{"seq":1[^\n]*\n/m, "");
    await using store = await openMemorySessionStore();
    const problems: unknown[] = [];
    for await (const item of readSessions(await fixtureFolder({ "a.jsonl": text }))) {
      if (item.kind !== "session") problems.push(item);
      else await store.restore(item.snapshot).catch((error: unknown) => problems.push(error));
    }
    expect(problems).toMatchObject([{ code: "SESSION_CORRUPTED", sessionId: "one" }]);
    expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["two"]);
  });
});

describe("the entries of an archived session", () => {
  // To hold a session against a stored one takes its entries; to restore it then takes them again.
  it("can be read again, whether they were read to their end or not", async () => {
    const snapshots = await sampleSnapshots();
    const folder = await fixtureFolder({ "a.jsonl": `${await archiveText(snapshots)}` });
    await using store = await openMemorySessionStore();
    const digests: string[] = [];
    for await (const item of readSessions(folder)) {
      if (item.kind !== "session") throw new Error(item.reason);
      for await (const _entry of item.snapshot.entries) break;
      digests.push(await digest(item.snapshot));
      await store.restore(item.snapshot);
    }
    expect(digests).toEqual(await Promise.all(snapshots.map(digest)));
    expect((await store.list()).sessions).toHaveLength(2);
  });

  it("are checked against the seal each time, with the right line", async () => {
    const text = (await archiveText(await sampleSnapshots())).replace("second thoughts", "second thought");
    const problems: unknown[] = [];
    for await (const item of readSessions(await fixtureFolder({ "a.jsonl": text }))) {
      if (item.kind !== "session") continue;
      for (const _time of [1, 2]) await digest(item.snapshot).catch((error: unknown) => problems.push(error));
    }
    expect(problems).toMatchObject([
      { code: "SESSION_CORRUPTED", details: { position: "line 5" } },
      { code: "SESSION_CORRUPTED", details: { position: "line 5" } },
    ]);
  });
});

async function sampleSnapshots(): Promise<readonly SessionSnapshot[]> {
  await using store = await openMemorySessionStore({ clock: () => Date.UTC(2026, 0, 2) });
  await store.create({
    id: "one",
    title: "First",
    labels: ["a"],
    state: { "odd key.": [1, null] },
    messages: [
      { role: "user", content: "line\u2028separators and \u0000 stay" },
      { role: "assistant", content: [{ type: "text", text: "second thoughts" }] },
    ],
  });
  await store.create({ id: "two" });
  const snapshots: SessionSnapshot[] = [];
  for (const id of ["one", "two"]) {
    const entries: Entry[] = [];
    for await (const entry of store.messages(id)) entries.push(entry);
    snapshots.push({ head: await store.head(id), entries });
  }
  return snapshots;
}

async function archiveText(snapshots: readonly SessionSnapshot[]): Promise<string> {
  let text = "";
  for await (const line of writeArchive(snapshots)) text += line;
  return text;
}
