import {
  type Entry,
  type RunningDigest,
  SessionCorruptedError,
  type SessionHead,
  startDigest,
} from "@agent-sessions/core";
import { ArchiveReader, type ArchiveRecord } from "./archive-reader.js";
import { isObject } from "./json-object.js";
import { asMalformed } from "./malformed-file-error.js";

/** The entries of one archived session, checked against its seal as they pass: the first time as the archive is read, then from its file again. */
export class SealedEntries implements AsyncIterable<Entry> {
  readonly #reader: ArchiveReader;
  readonly #head: SessionHead;
  readonly #path: string;
  readonly #sessionRecord: ArchiveRecord;
  readonly #digest: RunningDigest;
  #stage: "fresh" | "open" | "sealed" | "broken" = "fresh";
  /** How many entries have passed. */
  count = 0;
  /** The digest that they were sealed with; null until it was found to fit. */
  sha256: string | null = null;

  /**
   * @param path the archive, for messages: what is read may be its unzipped copy
   * @param sessionRecord the line before the first entry
   */
  constructor(reader: ArchiveReader, head: SessionHead, path: string, sessionRecord: ArchiveRecord) {
    this.#reader = reader;
    this.#head = head;
    this.#path = path;
    this.#sessionRecord = sessionRecord;
    this.#digest = startDigest(head);
  }

  /** Whether the session does not fit its seal, as far as it was read. */
  get isBroken(): boolean {
    return this.#stage === "broken";
  }

  /** @throws {SessionCorruptedError} SESSION_CORRUPTED, at the latest behind the last entry, when the session is not as it was sealed */
  async *[Symbol.asyncIterator](): AsyncGenerator<Entry> {
    if (this.#stage !== "fresh") {
      yield* this.#again();
      return;
    }
    this.#stage = "open";
    for (let entry = await this.#next(); entry !== null; entry = await this.#next()) yield entry;
  }

  async *#again(): AsyncGenerator<Entry> {
    const { endOffset, line } = this.#sessionRecord;
    const reader = new ArchiveReader(this.#reader.path, { start: endOffset, firstNumber: line + 1 });
    reader.passesOverUnknown = this.#reader.passesOverUnknown;
    try {
      yield* new SealedEntries(reader, this.#head, this.#path, this.#sessionRecord);
    } finally {
      await reader.close();
    }
  }

  /** Passes over what nobody read, and says what is wrong with it: null for nothing, or when the one who read it has heard of it. */
  async drain(): Promise<string | null> {
    if (this.#stage === "broken") return null;
    try {
      while ((await this.#next()) !== null);
      return null;
    } catch (error) {
      if (error instanceof SessionCorruptedError) return error.message;
      throw error;
    }
  }

  async #next(): Promise<Entry | null> {
    if (this.#stage === "sealed") return null;
    const record = await this.#read();
    const entry = record?.fields["entry"];
    if (isObject(entry)) {
      // Before whoever restores it stumbles over the hole and calls it something else.
      if (entry["seq"] !== this.count + 1) throw this.#broken(`its message ${this.count + 1} is missing`);
      this.#digest.add(entry);
      this.count++;
      return entry as unknown as Entry;
    }
    const sealed = record?.fields["sealed"];
    if (!isObject(sealed)) {
      if (record !== null) this.#reader.unread(record);
      throw this.#broken("it ends before its seal");
    }
    const sha256 = this.#digest.end();
    if (sealed["sha256"] !== sha256 || this.count !== this.#head.messageCount) {
      throw this.#broken("it is not what was sealed when it was exported");
    }
    this.#stage = "sealed";
    this.sha256 = sha256;
    return null;
  }

  async #read(): Promise<ArchiveRecord | null> {
    try {
      return await this.#reader.next();
    } catch (error) {
      throw this.#broken(asMalformed(error).message, error);
    }
  }

  #broken(reason: string, cause?: unknown): SessionCorruptedError {
    this.#stage = "broken";
    return new SessionCorruptedError(this.#head.id, this.#path, `line ${this.#reader.line}`, reason, {
      cause,
    });
  }
}
