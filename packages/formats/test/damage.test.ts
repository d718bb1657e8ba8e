import path from "node:path";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSessions } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { CLAW_PORT, OPENCODE_STORAGE, REVIEW, REVIEW_ID, SINGLE_FILES, under } from "./samples.js";

interface Damage {
  readonly kind: string;
  readonly at: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Ways in which files go bad: cut off, bytes overwritten, a piece lost, a piece twice. */
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("cut", "garble", "lose", "repeat"),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  size: fc.integer({ min: 1, max: 200 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

function damaged(content: Buffer, { kind, at, size, bytes }: Damage): Buffer {
  const start = Math.floor(at * content.length);
  const end = Math.min(content.length, start + size);
  const [before, piece, after] = [
    content.subarray(0, start),
    content.subarray(start, end),
    content.subarray(end),
  ];
  if (kind === "cut") return before;
  if (kind === "lose") return Buffer.concat([before, after]);
  if (kind === "repeat") return Buffer.concat([before, piece, piece, after]);
  return Buffer.concat([before, Buffer.from(bytes), content.subarray(start + bytes.length)]);
}

/**
 * Reads a folder into a store. Nothing untyped may be thrown; what is yielded must be restorable as it is said to be.
 */
async function importAll(folder: string): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  await using store = await openMemorySessionStore();
  for await (const item of readSessions(folder)) {
    if (item.kind === "unreadable") {
      expect(item.reason).not.toBe("");
      continue;
    }
    const head = await store.restore(item.snapshot);
    expect(head.messageCount).toBe(item.snapshot.head.messageCount);
    paths.add(item.path);
  }
  return paths;
}

const OTHERS = { "0-before.json": CLAW_PORT, "~behind.yaml": "flow: f\nstate: s\n" };

describe("a damaged file is read or reported, and the others are read", () => {
  it.each(SINGLE_FILES)("$format", async ({ name, text }) => {
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const folder = await fixtureFolder({ ...OTHERS, [name]: damaged(Buffer.from(text), how) });
        const read = await importAll(folder);
        for (const other of Object.keys(OTHERS)) expect(read).toContain(path.join(folder, other));
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ["opencode's storage", OPENCODE_STORAGE],
    ["registry-review", REVIEW],
  ])("%s", async (_what, files) => {
    const names = Object.keys(files);
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(names.length - 1), async (how, index) => {
        const name = names[index] ?? "";
        const broken = {
          ...files,
          [name]: damaged(Buffer.from(files[name as keyof typeof files] ?? ""), how),
        };
        const folder = await fixtureFolder({ ...OTHERS, ...under(REVIEW_ID, broken) });
        const read = await importAll(folder);
        for (const other of Object.keys(OTHERS)) expect(read).toContain(path.join(folder, other));
      }),
      { numRuns: 20 },
    );
  });

  it("hermes-agent", async () => {
    const database = new Database(":memory:");
    database.exec(`CREATE TABLE sessions (id TEXT PRIMARY KEY, started_at REAL NOT NULL, title TEXT);
      CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, timestamp REAL);
      INSERT INTO sessions VALUES ('a', 1790000000, 't'), ('b', 1790000001, NULL);
      INSERT INTO messages VALUES (1, 'a', 'user', 'hi', 1790000001), (2, 'b', 'user', 'ho', 1790000002);`);
    const content = database.serialize();
    database.close();
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const folder = await fixtureFolder({ ...OTHERS, "state.db": damaged(content, how) });
        const read = await importAll(folder);
        for (const other of Object.keys(OTHERS)) expect(read).toContain(path.join(folder, other));
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [
      "claude-code",
      `{"type":"user","sessionId":"s","uuid":"u","message":{"role":"user","content":${deep()}}}`,
    ],
    ["claw-json", `{"version":1,"messages":[{"role":"user","blocks":[${deep()}]}]}`],
    [
      "codex",
      `{"type":"event_msg","payload":${deep()}}\n{"type":"response_item","payload":{"type":"message"}}`,
    ],
    ["hermes-webui", `{"session_id":"s","title":"t","messages":[],"deep":${deep()}}`],
  ])("%s with nesting that would end the call stack", async (_what, text) => {
    const folder = await fixtureFolder({ ...OTHERS, "deep.json": text });
    const read = await importAll(folder);
    expect(read).toContain(path.join(folder, "0-before.json"));
  });
});

function deep(): string {
  return "[".repeat(100_000) + "]".repeat(100_000);
}
