import { SessionConflictError } from "@agent-sessions/core";
import type { EntryRange, StoredEntry, StoredHead, Transcript } from "@agent-sessions/core/backend";
import {
  countsDiffer,
  forget,
  type PlacedEntry,
  readBackward,
  readByTable,
  readForward,
  UntrustedLogError,
} from "./log-entries.js";
import type { LogScan } from "./log-scan.js";
import type { LogSource } from "./log-source.js";
import { type LogState, readWhole } from "./log-state.js";

/**
 * A session as it was when its file was opened. The descriptor keeps that very file, and nothing before `state.end` is ever changed in
 * place by this library: a log is only added to, or replaced as a whole. So a read needs no lock and sees one moment.
 */
export class LogTranscript implements Transcript {
  readonly head: StoredHead;
  readonly #source: LogSource;
  #state: LogState;

  constructor(source: LogSource, state: LogState) {
    this.head = state.head;
    this.#source = source;
    this.#state = state;
  }

  async *read(range: EntryRange): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    for await (const batch of this.readPlaced(range)) {
      const entries = batch.map(({ seq, at, message }) => ({ seq, at, message }));
      yield entries;
      forget(entries);
    }
  }

  /** As `read`, with the fields that a newer version put beside the messages. */
  async *readPlaced(range: EntryRange): AsyncGenerator<readonly PlacedEntry[], void, undefined> {
    let { first, last } = range;
    if (first > last) return;
    await this.#source.codec.load?.();
    let { scan } = this.#state;
    if (scan === null) {
      try {
        for await (const batch of this.#readTrusted(range)) {
          if (range.order === "asc") first += batch.length;
          else last -= batch.length;
          yield batch;
        }
        return;
      } catch (error) {
        if (!(error instanceof UntrustedLogError)) throw error;
      }
      scan = await this.#readAgain();
    }
    yield* readByTable(this.#source, scan.table, { ...range, first, last }, scan.header.createdAt);
  }

  async close(): Promise<void> {
    this.#source.file.close();
  }

  #readTrusted(range: EntryRange): AsyncIterable<readonly PlacedEntry[]> {
    return range.order === "asc"
      ? readForward(this.#source, this.#state, range)
      : readBackward(this.#source, this.#state, range);
  }

  /** Works the positions out from the records themselves, because the footers do not tell them. */
  async #readAgain(): Promise<LogScan> {
    const { end, size } = this.#state;
    const state = await readWhole(this.#source, end);
    if (state.head.messageCount !== this.head.messageCount) {
      if (this.#source.file.size() === size) throw countsDiffer(this.#source);
      throw new SessionConflictError(this.head.id, null, null, {
        location: this.#source.file.path,
        message: `Session ${JSON.stringify(this.head.id)} was edited by hand while it was read. Read it again.`,
      });
    }
    this.#state = state;
    return state.scan;
  }
}
