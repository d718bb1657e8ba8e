import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { digest, type Entry, SessionCorruptedError, type SessionSnapshot } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { detect, gzipLines, Redaction, readSessions, writeArchive } from "../src/index.js";
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

  // Such a line ended the reading: every session behind it was lost, and only the line was reported.
  it("goes on behind a line that is garbled where a session begins", async () => {
    const [one, two] = await sampleSnapshots();
    if (one === undefined || two === undefined) throw new Error("no samples");
    const text = (await archiveText([one, two])).replace('{"session":{"id":"one"', '{"session":{id:"one"');
    const items: unknown[] = [];
    for await (const item of readSessions(await fixtureFolder({ "all.jsonl": text }))) {
      items.push(item.kind === "session" ? item.snapshot.head.id : [item.fault, item.line]);
    }
    expect(items).toEqual([["damaged", 2], "two"]);
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
      /^(?=\{"(?:session|entry|sealed|manifest|end)")/gm,
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
    expect(unreadable).toMatchObject([{ fault: "damaged-file", line: text.split("\n").length }]);
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

describe("the manifest of an archive", () => {
  const reasons = async (text: string): Promise<readonly string[]> => {
    const { unreadable } = await readAll(await fixtureFolder({ "a.jsonl": text }));
    return unreadable.map(({ reason }) => reason);
  };

  it("says which session was cut out of the middle, seal and all", async () => {
    const text = await archiveText(await sampleSnapshots());
    const withoutTwo = text.replace(/^\{"session":\{"id":"two"[\s\S]*?"sealed"[^\n]*\n/m, "");
    expect(withoutTwo).not.toBe(text);
    const [missing, counts, ...rest] = await reasons(withoutTwo);
    expect(missing).toContain('"two", which is missing');
    expect(counts).toContain("does not hold all");
    expect(rest).toEqual([]);
  });

  it("says which session was put in the place of another, under a seal that fits", async () => {
    const [one, two] = await sampleSnapshots();
    if (one === undefined || two === undefined) throw new Error("no samples");
    const other = { ...two, head: { ...two.head, title: "Another" } };
    const text = await archiveText([one, other]);
    const manifest = /\{"manifest":\{"id":"two"[^\n]*/;
    const original = manifest.exec(await archiveText([one, two]))?.[0] ?? "";
    expect(await reasons(text.replace(manifest, original))).toMatchObject([
      expect.stringContaining('"two" with another digest'),
    ]);
  });

  it("has to be there, and to be one", async () => {
    const text = await archiveText(await sampleSnapshots());
    expect(await reasons(text.replace(/^\{"manifest"[^\n]*\n/m, ""))).toEqual([
      "does not hold all that its last line counts",
    ]);
    expect(await reasons(text.replace('{"manifest":{"id":"two"', '{"manifest":{"name":"two"'))).toEqual([
      "is no row of a manifest",
    ]);
    expect(await reasons(text.replace('"sessions":2', '"sessions":3'))).toHaveLength(1);
  });

  it("adds nothing about a session that was reported as damaged, or lost its id", async () => {
    const text = await archiveText(await sampleSnapshots());
    const changed = await fixtureFolder({ "a.jsonl": text.replace("second thoughts", "second thought") });
    const problems: unknown[] = [];
    for await (const item of readSessions(changed)) if (item.kind === "unreadable") problems.push(item);
    expect(problems).toHaveLength(1);
    expect(await reasons(text.replace('{"session":{"id":"two"', '{"session":{"name":"two"'))).toEqual([
      "holds a record where a session should begin",
    ]);
  });

  it("holds two sessions of one id, as of two namespaces, apart", async () => {
    const [one, two] = await sampleSnapshots();
    if (one === undefined || two === undefined) throw new Error("no samples");
    expect(await reasons(await archiveText([one, { ...two, head: { ...two.head, id: "one" } }]))).toEqual([]);
  });
});

describe("a redacted archive", () => {
  it("says that it is one, and how many secrets were taken out; it reads as any other", async () => {
    const [one] = await sampleSnapshots();
    if (one === undefined) throw new Error("no samples");
    const head = { ...one.head, title: `key AKIA${"A1B2".repeat(4)}` };
    let text = "";
    for await (const line of writeArchive([{ ...one, head }], { redaction: new Redaction() })) text += line;
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toBe('{"kind":"agent-sessions.archive","format":"1.0","redacted":true}');
    expect(lines.at(-1)).toBe('{"end":{"sessions":1,"messages":2,"redacted":1}}');
    expect(await readAll(await fixtureFolder({ "a.jsonl": text }))).toMatchObject({
      sessions: [{ head: { title: "key [redacted:aws-access-key]" } }],
      unreadable: [],
    });
  });
});

describe("an archive in gzip", () => {
  const zipped = async (): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of gzipLines(writeArchive(await sampleSnapshots()))) pieces.push(piece);
    return Buffer.concat(pieces);
  };

  it("is known by its first bytes, and gives back what was written, as often as it is read", async () => {
    const folder = await fixtureFolder({ "backup.bin": await zipped() });
    expect(await detect(path.join(folder, "backup.bin"))).toBe("agent-sessions");
    const digests: string[] = [];
    for await (const item of readSessions(folder)) {
      if (item.kind !== "session") throw new Error(item.reason);
      expect(item.path).toBe(path.join(folder, "backup.bin"));
      digests.push(await digest(item.snapshot), await digest(item.snapshot));
    }
    const [one, two] = await Promise.all((await sampleSnapshots()).map(digest));
    expect(digests).toEqual([one, one, two, two]);
  });

  it("leaves no unpacked copy behind, read to its end or not", async () => {
    const folder = await fixtureFolder({ "a.gz": await zipped() });
    const copies = async (): Promise<number> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith("agent-sessions-unzip-")).length;
    const before = await copies();
    await readAll(folder);
    for await (const _item of readSessions(folder)) break;
    expect(await copies()).toBe(before);
  });

  it("is reported wherever it is cut off, and what came before is read", async () => {
    const bytes = await zipped();
    for (const kept of [bytes.length - 1, bytes.length - 9, Math.floor(bytes.length / 2), 200]) {
      const file = path.join(await fixtureFolder({ "a.gz": bytes.subarray(0, kept) }), "a.gz");
      const reasons: string[] = [];
      for await (const item of readSessions(file)) if (item.kind === "unreadable") reasons.push(item.reason);
      expect(reasons[0], `cut after ${kept} bytes`).toContain("damaged as a gzip file");
    }
  });

  it("is reported when any of its bytes was changed, and never gives a session that is not what was written", async () => {
    const bytes = await zipped();
    const digests = await Promise.all((await sampleSnapshots()).map(digest));
    for (let at = 20; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      const file = path.join(await fixtureFolder({ "a.gz": changed }), "a.gz");
      let problems = 0;
      for await (const item of readSessions(file)) {
        if (item.kind === "unreadable") problems++;
        else
          await digest(item.snapshot).then(
            (found) => expect(digests).toContain(found),
            () => problems++,
          );
      }
      expect(problems, `byte ${at}`).toBeGreaterThan(0);
    }
  });

  it("is no archive when something else is in it, or it is damaged from its first bytes on", async () => {
    const folder = await fixtureFolder({
      "log.gz": gzipSync("a log\n"),
      "bad.gz": Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), Buffer.alloc(50, 0xff)]),
    });
    expect(await readAll(folder)).toMatchObject({
      sessions: [],
      unreadable: [{ fault: "not-a-session" }, { fault: "not-a-session" }],
    });
  });

  it("passes on what the sessions reject with", async () => {
    const problem = new Error("disk gone");
    async function* broken(): AsyncGenerator<string> {
      yield "line\n";
      throw problem;
    }
    const read = async (): Promise<void> => {
      for await (const _piece of gzipLines(broken()));
    };
    await expect(read()).rejects.toBe(problem);
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
