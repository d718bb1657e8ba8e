import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LogChunk, readChunks } from "../src/log-chunks.js";
import type { LogSource } from "../src/log-source.js";
import { OpenFile } from "../src/open-file.js";
import type { RecordCodec } from "../src/record-codec.js";

const BATCH_BYTES = 100_000;
const LONG_BYTES = 64 * 1024;
const NEWLINE = 10;

let path = "";
beforeEach(() => {
  path = join(fs.mkdtempSync(join(tmpdir(), "agent-sessions-chunks-")), "log");
});
afterEach(() => fs.rmSync(join(path, ".."), { recursive: true, force: true }));

/** A file of lines, as far as reading it in pieces goes. */
function openLines(content: Buffer): LogSource {
  fs.writeFileSync(path, content);
  const file = OpenFile.open(path, "read");
  if (file === null) throw new Error("There is no file.");
  const codec = {
    batchBytes: BATCH_BYTES,
    findEnd: (bytes: Buffer, from: number) => bytes.indexOf(NEWLINE, from) + 1 || -1,
  } as RecordCodec;
  return { file, codec, sessionId: "a", expected: null, maxRecordBytes: 1_000_000, maxDepth: 10 };
}

/** What a piece held while it was good. */
interface Seen extends Omit<LogChunk, "bytes"> {
  readonly text: string;
}

async function readAll(source: LogSource, to: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const { bytes, ...rest } of readChunks(source, 0, to)) {
    const { length } = bytes;
    seen.push({ ...rest, text: bytes.toString("latin1", 0, rest.ends.at(-1) ?? length) });
  }
  source.file.close();
  return seen;
}

const lineLengths = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 40_000 }),
    fc.constantFrom(1, 2, LONG_BYTES, LONG_BYTES + 1, BATCH_BYTES, 350_000),
  ),
  { minLength: 1, maxLength: 12 },
);

it("reads every record once, in order, in pieces of bounded size, long ones alone", async () => {
  await fc.assert(
    fc.asyncProperty(lineLengths, fc.boolean(), async (lengths, isTorn) => {
      const lines = lengths.map((length, n) => `${String.fromCharCode(97 + n).repeat(length - 1)}\n`);
      const content = `${lines.join("")}${isTorn ? "torn" : ""}`;
      const seen = await readAll(openLines(Buffer.from(content, "latin1")), content.length);
      expect(seen.map(({ text }) => text).join("")).toBe(content);
      expect(seen.map(({ isClosed }) => isClosed)).toEqual(
        seen.map((_, n) => !isTorn || n < seen.length - 1),
      );
      let at = 0;
      for (const { base, ends, text } of seen) {
        expect(base).toBe(at);
        at += text.length;
        if (ends.length === 1) continue;
        expect(text.length).toBeLessThanOrEqual(BATCH_BYTES);
        const records = ends.map((end, n) => end - (ends[n - 1] ?? 0));
        expect(Math.max(...records)).toBeLessThanOrEqual(LONG_BYTES);
      }
    }),
    { numRuns: 60 },
  );
});

it("rejects SESSION_CONFLICT when the file becomes shorter meanwhile", async () => {
  const content = Buffer.alloc(5 * BATCH_BYTES, "a\n");
  const source = openLines(content);
  const chunks = readChunks(source, 0, content.length);
  await chunks.next();
  fs.truncateSync(path, BATCH_BYTES);
  const rest = async (): Promise<void> => {
    for await (const _ of chunks);
  };
  await expect(rest()).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
  source.file.close();
});
