import type { Stats } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { JsonObject } from "@agent-sessions/core";
import { isObject } from "./json-object.js";
import { parseJsonStart } from "./json-start.js";
import { MalformedFileError } from "./malformed-file-error.js";

/** How much of a file is read to tell its format, in bytes. */
const START_BYTES = 64 * 1024;
/** In how many of its first lines a log is looked at for marks. */
const FIRST_RECORDS = 20;
/** The largest file that is read as one text, in bytes; a JavaScript string ends at about twice that. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/** A file that may hold sessions. Opening it reads nothing but its size and times. */
export class SourceFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** When it was last modified; ISO 8601, UTC, milliseconds. */
  readonly modifiedAt: string;
  readonly isFolder: boolean;
  /** A file proper: no folder, pipe, socket or device. */
  readonly isRegular: boolean;
  #startBytes: Promise<Uint8Array> | undefined;
  #start: Promise<string> | undefined;
  #document: Promise<JsonObject> | undefined;
  #records: Promise<readonly JsonObject[]> | undefined;
  #text: Promise<string> | undefined;

  private constructor(filePath: string, stats: Stats) {
    this.path = filePath;
    this.sizeBytes = stats.size;
    this.modifiedAt = new Date(Math.floor(stats.mtimeMs)).toISOString();
    this.isFolder = stats.isDirectory();
    this.isRegular = stats.isFile();
  }

  static async at(filePath: string): Promise<SourceFile> {
    return new SourceFile(filePath, await stat(filePath));
  }

  /** The file's name. */
  get name(): string {
    return path.basename(this.path);
  }

  /** The file's name without its last extension. */
  get stem(): string {
    return path.parse(this.path).name;
  }

  /** Whether `start` is all of it. */
  get isSmall(): boolean {
    return this.sizeBytes <= START_BYTES;
  }

  /** The first 64 KiB; bytes that are not UTF-8 become replacement characters. Read once. */
  start(): Promise<string> {
    this.#start ??= this.startBytes().then((bytes) => new TextDecoder("utf-8").decode(bytes));
    return this.#start;
  }

  /** The same as bytes. */
  startBytes(): Promise<Uint8Array> {
    this.#startBytes ??= readStart(this.path, Math.min(START_BYTES, this.sizeBytes));
    return this.#startBytes;
  }

  /** As much of the JSON object that the file begins with as lies in its first 64 KiB; empty when it begins with something else. */
  documentStart(): Promise<JsonObject> {
    this.#document ??= this.start().then((text) => objectIn(text));
    return this.#document;
  }

  /** The same for each of the first lines. */
  firstRecords(): Promise<readonly JsonObject[]> {
    this.#records ??= this.start().then((text) => text.split("\n", FIRST_RECORDS).map(objectIn));
    return this.#records;
  }

  /**
   * The whole file, read once.
   * @throws {MalformedFileError} when it is not UTF-8, or larger than 256 MiB
   */
  text(): Promise<string> {
    this.#text ??= this.#readText();
    return this.#text;
  }

  async #readText(): Promise<string> {
    if (this.sizeBytes > MAX_TEXT_BYTES) {
      throw new MalformedFileError(
        `is ${this.sizeBytes} bytes large; this format is read up to ${MAX_TEXT_BYTES}`,
      );
    }
    const bytes = await readFile(this.path);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new MalformedFileError("is not UTF-8 text", { cause });
    }
  }
}

function objectIn(text: string): JsonObject {
  const value = parseJsonStart(text);
  return isObject(value) ? value : {};
}

async function readStart(filePath: string, bytes: number): Promise<Uint8Array> {
  const handle = await open(filePath, "r");
  try {
    const buffer = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
