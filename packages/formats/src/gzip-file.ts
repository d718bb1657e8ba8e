import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { SourceFile } from "./source-file.js";
import { isSystemError, messageOf } from "./system-error.js";

/** Whether a file begins as gzip does (RFC 1952, section 2.3.1). */
export async function isGzip(file: SourceFile): Promise<boolean> {
  const [first, second] = await file.startBytes();
  return first === 0x1f && second === 0x8b;
}

/** How much of a gzip file is unpacked to see what it is, in bytes; it can hold about a thousand times as much. */
const START_BYTES = 4096;

/** What the beginning of a gzip file unpacks to; empty when it is damaged. */
export async function gunzippedStart(file: SourceFile): Promise<string> {
  const bytes = (await file.startBytes()).subarray(0, START_BYTES);
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString("utf8");
  } catch {
    return "";
  }
}

/** A gzip file, unpacked for as long as it is read. */
export interface Unzipped extends AsyncDisposable {
  readonly path: string;
  /** What is wrong with the gzip file; what came out of it before is in the copy. Null for nothing. */
  readonly damage: string | null;
}

/** Unpacks into a private temporary file: what lies in it may have to be read more than once, and from the middle. */
export async function unzip(file: SourceFile): Promise<Unzipped> {
  const folder = await mkdtemp(path.join(tmpdir(), "agent-sessions-unzip-"));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  const copy = path.join(folder, "archive.jsonl");
  try {
    const damage = await unpackInto(copy, file.path);
    return { path: copy, damage, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @returns what is wrong with the source, or null */
async function unpackInto(target: string, source: string): Promise<string | null> {
  const output = createWriteStream(target, { mode: 0o600 });
  let damage: string | null = null;
  async function* unpacked(): AsyncGenerator<Uint8Array> {
    const gunzip = createGunzip();
    const reading = createReadStream(source).on("error", (error) => gunzip.destroy(error));
    reading.pipe(gunzip);
    try {
      yield* gunzip as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (isSystemError(error)) throw error;
      damage = `is damaged as a gzip file (${messageOf(error)}): what stands behind that place was not read`;
    }
  }
  await pipeline(unpacked, output);
  return damage;
}
