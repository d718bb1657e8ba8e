import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { digest, type Entry, type SessionSnapshot, snapshotOf } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { readSessions, redate, type WritableFormat, type WriteResult, writeSessions } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import {
  CLAW_DOCUMENT,
  CLAW_LOG,
  CLAW_PORT,
  FLOWR,
  HERMES_AGENT_FILE,
  HERMES_PROJECTS,
  HERMES_WEBUI,
  REVIEW,
  REVIEW_ID,
  under,
} from "./samples.js";
import {
  strictClawJson,
  strictClawJsonl,
  strictClawPort,
  strictFlowr,
  strictHermesIndex,
  strictHermesWebui,
  strictRegistryReview,
} from "./strict-readers.js";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Hostile to every writer: what Python and Rust write and JavaScript cannot hold. */
const odd = (text: string): string =>
  text
    .replace("hello", "cut \\ud83d \\u2028 \\u0000")
    .replace('"version":1', '"version":1,"odd":12345678901234567890');

const CASES: readonly (readonly [WritableFormat, string, Files])[] = [
  ["claw-jsonl", "every kind of record", { "session-1790000000101-1.jsonl": CLAW_LOG }],
  ["claw-jsonl", "a name of its own", { "renamed.jsonl": CLAW_LOG }],
  ["claw-json", "the oldest kind", { "session-1790000000000.json": CLAW_DOCUMENT }],
  ["claw-json", "odd values", { "session-1790000000000.json": odd(CLAW_DOCUMENT) }],
  [
    "claw-json",
    "prompts and a compaction",
    {
      "x.json": CLAW_DOCUMENT.replace(
        '"version"',
        '"prompt_history":[{"text":"hello","timestamp_ms":1790000000000}],"compaction":{"count":1,"removed_message_count":2,"summary":"s"},"version"',
      ),
    },
  ],
  ["claw-port", "plain", { "0a1b2c.json": CLAW_PORT }],
  [
    "claw-port",
    "odd values",
    { "0a1b2c.json": CLAW_PORT.replace('"plan the trip"', '"cut \\ud83d"').replace(": 5", ": NaN") },
  ],
  ["flowr", "stack and params", { "trip.yaml": FLOWR }],
  [
    "flowr",
    "edits by hand",
    { "hand.yaml": "flow: f\nstate: yes\nwhen: 2026-01-02\nn: [0x1F, 1.10, .inf, ~, 1e3]\nstack: null\n" },
  ],
  ["flowr", "aliases", { "trip.yaml": "flow: f\nname: trip\nparams:\n  a: &x {b: 1}\n  c: *x\nstate: s\n" }],
  [
    "hermes-webui",
    "with a project",
    { "sessions/abcdef012345.json": HERMES_WEBUI, "projects.json": HERMES_PROJECTS },
  ],
  [
    "hermes-webui",
    "odd values",
    {
      "sessions/abcdef012345.json": HERMES_WEBUI.replace("Fjord", "Fj\\nord \\ud83d")
        .replace("0.0125", "NaN")
        .replace("a fjord", "\\udc00"),
    },
  ],
  ["hermes-webui", "of the agent", { "sessions/session_20260506_070000_aa11bb.json": HERMES_AGENT_FILE }],
  ["registry-review", "documents and uploads", under(REVIEW_ID, REVIEW)],
];

describe("read, store, write, read", () => {
  it.each(CASES)("%s is the same: %s", async (format, _what, files) => {
    const first = await sessionsIn(await fixtureFolder(files));
    expect(first.length).toBeGreaterThan(0);
    const target = await fixtureFolder({});
    const results = await writeAll(format, target, await throughStore(first));
    expect(results.map(({ kind }) => kind)).toEqual(first.map(() => "written"));
    expect(results.flatMap((result) => (result.kind === "written" ? result.notHeld : []))).toEqual([]);
    const second = await sessionsIn(target, first[0]?.head.createdAt);
    expect(second).toEqual(first);
  });

  it.each([
    ["claw-port", "0a1b2c.json", CLAW_PORT],
    ["claw-port", "nan.json", CLAW_PORT.replace(": 5", ": NaN").replace(": 21", ": 12345678901234567890")],
    ["claw-port", "surrogate.json", CLAW_PORT.replace('"plan the trip"', '"cut \\ud83d"')],
    ["flowr", "trip.yaml", FLOWR],
    ["flowr", "odd.yaml", oddFlowr()],
    ["claw-jsonl", "log.jsonl", canonicalLog()],
    ["hermes-webui", "sessions/abcdef012345.json", HERMES_WEBUI],
  ] as const)("%s comes out byte for byte: %s", async (format, name, text) => {
    const first = await sessionsIn(await fixtureFolder({ [name]: text }));
    const target = await fixtureFolder({});
    const [result] = await writeAll(format, target, await throughStore(first));
    if (result?.kind !== "written") throw new Error(JSON.stringify(result));
    expect(await readFile(result.path, "utf8")).toBe(text);
  });
});

/** As PyYAML writes it: long texts are folded, and what would read back as something else is quoted. */
function oddFlowr(): string {
  return `created_at: '2026-05-06T07:08:09.123456+00:00'
flow: 0o17
name: odd
params:
  'on':
    empty: ''
    exponent: 1.0e+20
    folded: one two three four five six seven eight nine ten eleven twelve thirteen
      fourteen
    lines: 'first

      second'
    list:
    - - 1
      - -2.5
    - a: null
    - []
    none: {}
    when: 2026-01-02
    yes_or_no: 'no'
    "\\xE9": "two\\twords\\L"
stack: []
state: '2026-01-02'
updated_at: '2026-05-06T07:08:09.123456+00:00'
`;
}

/** A log in the order in which a snapshot has it, with the newest prompt's time in its meta line. */
function canonicalLog(): string {
  const lines = CLAW_LOG.replace('"updated_at_ms":1790000000100', '"updated_at_ms":1790000000900').split(
    "\n",
  );
  const prompt = lines.findIndex((line) => line.includes("then a bus"));
  const [moved = ""] = lines.splice(prompt, 1);
  lines.splice(3, 0, moved);
  return lines
    .map((line) => (line === "" ? "" : JSON.stringify(sorted(JSON.parse(line)))))
    .join("\n")
    .replace("session-1790000000101-1", "log");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

describe("the original's reader accepts", () => {
  const STRICT: Readonly<Record<Exclude<WritableFormat, "html" | "markdown">, (file: string) => unknown>> = {
    "claw-json": strictClawJson,
    "claw-jsonl": strictClawJsonl,
    "claw-port": strictClawPort,
    flowr: strictFlowr,
    "hermes-webui": strictHermesWebui,
    "registry-review": strictRegistryReview,
  };

  it.each(CASES.filter(([, what]) => !["edits by hand", "aliases", "of the agent"].includes(what)))(
    "a %s that came from its own files: %s",
    async (format, _what, files) => {
      const target = await fixtureFolder({});
      for (const result of await writeAll(
        format,
        target,
        await throughStore(await sessionsIn(await fixtureFolder(files))),
      )) {
        if (result.kind !== "written") throw new Error(result.reason);
        expect(() => STRICT[format as keyof typeof STRICT](result.path)).not.toThrow();
      }
    },
  );

  it.each(["claw-json", "claw-jsonl", "claw-port", "flowr", "hermes-webui", "registry-review"] as const)(
    "a %s that was made in a store of ours",
    async (format) => {
      await using store = await openMemorySessionStore({ clock: () => Date.UTC(2026, 4, 6) });
      const id = REVIEW_ID;
      await store.create({
        id,
        title: "Trip",
        state: {
          flow: "f",
          state: "no",
          session: {
            session_id: id,
            created_at: "2026-05-06",
            updated_at: "2026-05-06",
            project_metadata: {},
            workflow_progress: {},
            statistics: {},
          },
        },
        messages: [{ role: "user", content: "hello — \u{1F5FC}" }],
      });
      const [result] = await writeAll(format, await fixtureFolder({}), [await snapshotOf(store, id)]);
      if (result?.kind !== "written") throw new Error(result?.reason);
      expect(() => STRICT[format as keyof typeof STRICT](result.path)).not.toThrow();
    },
  );
});

describe("writeSessions()", () => {
  it("says what of a session a format has no place for", async () => {
    await using store = await openMemorySessionStore();
    await store.create({
      id: "a",
      title: "Trip",
      labels: ["x"],
      pinned: true,
      metadata: { team: "t", model: "m" },
      state: { plan: [1] },
      usage: { inputTokens: 1 },
      messages: [{ role: "user", content: "hello" }],
    });
    const notHeld = async (format: WritableFormat): Promise<readonly string[]> => {
      const [result] = await writeAll(format, await fixtureFolder({}), [await snapshotOf(store, "a")]);
      return result?.kind === "written" ? result.notHeld : [result?.reason ?? ""];
    };
    expect(await notHeld("claw-port")).toEqual([
      "title",
      "labels",
      "pinned",
      "metadata.team",
      "metadata.model",
      "state.plan",
      "createdAt",
      "updatedAt",
    ]);
    expect(await notHeld("claw-jsonl")).toEqual([
      "title",
      "labels",
      "pinned",
      "metadata.team",
      "state.plan",
      "usage",
    ]);
    expect(await notHeld("hermes-webui")).toEqual(["labels", "metadata.team", "state.plan"]);
    expect((await notHeld("flowr")).join()).toContain("no session in a flow");
  });

  it("says that what another tool's records held beside their messages has no place in claw's", async () => {
    const folder = await fixtureFolder({
      "a.jsonl":
        '{"type":"user","sessionId":"a","uuid":"u","timestamp":"2026-05-06T07:00:00.000Z","message":{"role":"user","content":"hi"}}',
    });
    for (const [format, strict] of [
      ["claw-jsonl", strictClawJsonl],
      ["claw-json", strictClawJson],
    ] as const) {
      const [result] = await writeAll(format, await fixtureFolder({}), await sessionsIn(folder));
      if (result?.kind !== "written") throw new Error(result?.reason);
      expect(result.notHeld).toEqual(["messages.$record"]);
      expect(() => strict(result.path)).not.toThrow();
    }
  });

  it("reports what a format cannot hold, and writes the others", async () => {
    await using store = await openMemorySessionStore();
    await store.create({ id: "b", messages: [{ role: "assistant", content: "hi" }] });
    await store.create({ id: "../c", messages: [{ role: "user", content: "hi" }] });
    await store.create({ id: "d", messages: [{ role: "user", content: "hi" }] });
    const target = await fixtureFolder({});
    const snapshots = await Promise.all(["b", "../c", "d"].map(async (id) => await snapshotOf(store, id)));
    const results = await writeAll("claw-port", target, snapshots);
    expect(results.map(({ kind }) => kind)).toEqual(["unwritable", "unwritable", "written"]);
    expect(await readdir(target)).toEqual(["d.json"]);
  });

  it("keeps uploads inside their folder", async () => {
    const [first] = await sessionsIn(await fixtureFolder(under(REVIEW_ID, REVIEW)));
    if (first === undefined) throw new Error("no session");
    const state = { ...first.head.state, $uploads: [{ path: "uploads/../../../evil", base64: "AA==" }] };
    const target = await fixtureFolder({});
    const results = await writeAll("registry-review", target, [{ ...first, head: { ...first.head, state } }]);
    expect(results).toMatchObject([{ kind: "unwritable" }]);
    expect(await readdir(target)).toEqual([]);
  });

  it("never writes over a file, and leaves nothing half-written behind", async () => {
    const first = await sessionsIn(await fixtureFolder({ "0a1b2c.json": CLAW_PORT }));
    const target = await fixtureFolder({ "0a1b2c.json": "mine" });
    expect(await writeAll("claw-port", target, first)).toMatchObject([{ kind: "unwritable", id: "0a1b2c" }]);
    expect(await readFile(path.join(target, "0a1b2c.json"), "utf8")).toBe("mine");
    expect(await readdir(target)).toEqual(["0a1b2c.json"]);

    const [one] = await sessionsIn(await fixtureFolder({ "x.jsonl": CLAW_LOG }));
    if (one === undefined) throw new Error("no session");
    async function* breaking(entries: readonly Entry[]): AsyncGenerator<Entry> {
      yield* entries.slice(0, 2);
      throw new Error("gone");
    }
    const broken = { head: one.head, entries: breaking(one.entries) };
    await expect(writeAll("claw-jsonl", target, [broken])).rejects.toThrow("gone");
    expect(await readdir(target)).toEqual(["0a1b2c.json"]);
  });

  it("makes hermes-webui's index anew from all that lies there, and adds the projects", async () => {
    const first = await sessionsIn(
      await fixtureFolder({ "sessions/abcdef012345.json": HERMES_WEBUI, "projects.json": HERMES_PROJECTS }),
    );
    const target = await fixtureFolder({
      "sessions/_index.json": JSON.stringify([{ session_id: "ghost" }]),
      "sessions/older0000001.json": HERMES_WEBUI.replace("abcdef012345", "older0000001").replace(
        "1790000003.5123456",
        "1600000000.0",
      ),
      "sessions/broken.json": "{",
      "projects.json": JSON.stringify([{ project_id: "ffffffffffff", name: "Mine" }]),
    });
    await writeAll("hermes-webui", target, first);
    const rows = strictHermesIndex(path.join(target, "sessions", "_index.json"));
    expect(rows.map((row) => [row["session_id"], row["message_count"]])).toEqual([
      ["abcdef012345", 3],
      ["older0000001", 3],
    ]);
    const projects = JSON.parse(await readFile(path.join(target, "projects.json"), "utf8")) as {
      name: string;
    }[];
    expect(projects.map(({ name }) => name)).toEqual(["Mine", "Norway"]);
  });

  it("rejects INVALID_OPTIONS for a format that cannot be written", async () => {
    const writing = writeSessions([], { format: "codex" as never, folder: "x" });
    await expect(writing.next()).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });
});

describe("redate()", () => {
  it("makes a session dated by its file equal to one from a copy of that file", async () => {
    const [one] = await sessionsIn(await fixtureFolder({ "0a1b2c.json": CLAW_PORT }));
    if (one === undefined) throw new Error("no session");
    const at = "2020-01-01T00:00:00.000Z";
    const head = { ...one.head, createdAt: at, updatedAt: at };
    const stored = { head, entries: one.entries.map((entry) => ({ ...entry, at })) };
    expect(await digest(redate(one, at))).toBe(await digest(stored));
  });
});

/** A snapshot whose entries are all there. */
interface WholeSnapshot extends SessionSnapshot {
  readonly entries: readonly Entry[];
}

/** Every session of a folder with its entries; those dated by their file, with the time of `datedAs`. */
async function sessionsIn(folder: string, datedAs?: string): Promise<readonly WholeSnapshot[]> {
  const sessions: WholeSnapshot[] = [];
  for await (const item of readSessions(folder)) {
    if (item.kind !== "session") {
      if (item.fault !== "not-a-session") throw new Error(item.reason);
      continue;
    }
    const snapshot =
      item.isDatedByFile && datedAs !== undefined ? redate(item.snapshot, datedAs) : item.snapshot;
    const entries: Entry[] = [];
    for await (const entry of snapshot.entries) entries.push(entry);
    sessions.push({ head: snapshot.head, entries });
  }
  return sessions;
}

async function throughStore(snapshots: readonly SessionSnapshot[]): Promise<readonly SessionSnapshot[]> {
  const store = await openMemorySessionStore();
  const stored: SessionSnapshot[] = [];
  for (const snapshot of snapshots) {
    await store.restore(snapshot);
    stored.push(await snapshotOf(store, snapshot.head.id));
  }
  return stored;
}

async function writeAll(
  format: WritableFormat,
  folder: string,
  snapshots: readonly SessionSnapshot[],
): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = [];
  for await (const result of writeSessions(snapshots, { format, folder })) results.push(result);
  return results;
}
