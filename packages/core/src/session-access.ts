import { InvalidInputError, SessionConflictError, SessionNotFoundError } from "./errors.js";
import { checkCount } from "./head-fields.js";
import { type JsonObject, normaliseJsonObject } from "./json-value.js";
import { checkMessageRange, resolveRange } from "./message-range.js";
import { retryOvertaken } from "./retry-overtaken.js";
import type { Entry, Session, SessionHead } from "./session.js";
import type {
  CurrentSession,
  EntryRange,
  SessionKey,
  StoredEntry,
  StoredHead,
  Transcript,
} from "./session-backend.js";
import { checkAppend, checkChange, checkContent, checkWriteOptions } from "./session-content.js";
import { noteEpoch } from "./session-epoch.js";
import type { HeldLock, PreparedWrite, StoreRuntime } from "./store-runtime.js";
import { utf8Length } from "./text.js";
import { abandon, isThenable, whenReady } from "./thenable.js";
import {
  decideAppend,
  decideSave,
  decideTruncate,
  decideUpdate,
  existing,
  fingerprintOf,
  type WriteScene,
} from "./write-rules.js";

/** Reads and writes of one session, checked; the same for a store's own methods and for the handle of a lock body. */
export class SessionAccess<M extends object, S extends object> {
  readonly #runtime: StoreRuntime;
  readonly #key: SessionKey;
  readonly #held: HeldLock | null;

  constructor(runtime: StoreRuntime, key: SessionKey, held: HeldLock | null = null) {
    this.#runtime = runtime;
    this.#key = key;
    this.#held = held;
  }

  append(messages: unknown, options: unknown): Promise<SessionHead<S>> {
    const { schemas } = this.#runtime;
    return this.#write(() =>
      whenReady(checkAppend(messages, options, schemas), (append) => {
        const { operationId } = append;
        const fingerprint = operationId === undefined ? null : fingerprintOf(append);
        return {
          decide: (current: CurrentSession | null, scene: WriteScene) =>
            decideAppend(current, append, fingerprint, schemas, scene),
          operationId,
          runsCallersCode: append.createIfMissing && schemas.state !== undefined,
        };
      }),
    );
  }

  save(content: unknown, options: unknown): Promise<SessionHead<S>> {
    return this.#write(async () => {
      const expectedRevision = checkWriteOptions(options, "save");
      const { schemas } = this.#runtime;
      const checked = await checkContent(content, schemas);
      return {
        decide: (current, scene) => decideSave(current, checked, expectedRevision, schemas, scene),
        runsCallersCode: schemas.state !== undefined,
      };
    });
  }

  update(change: unknown, options: unknown): Promise<SessionHead<S>> {
    return this.#write(() => {
      const expectedRevision = checkWriteOptions(options, "update");
      const { schemas } = this.#runtime;
      const given = typeof change === "function" ? null : checkChange(change);
      return {
        runsCallersCode: given === null || schemas.state !== undefined,
        decide: (current, scene) => {
          const { head } = existing(current, scene);
          const asked = given ?? askForChange(change, asHead<S>(head));
          return decideUpdate(current, asked, expectedRevision, schemas, scene);
        },
      };
    });
  }

  truncate(messageCount: unknown, options: unknown): Promise<SessionHead<S>> {
    return this.#write(() => {
      const expectedRevision = checkWriteOptions(options, "truncate");
      const count = checkCount(messageCount, "messageCount", 0, "INVALID_QUERY");
      return { decide: (current, scene) => decideTruncate(current, count, expectedRevision, scene) };
    });
  }

  async head(): Promise<SessionHead<S>> {
    const head = await this.#runtime.call(this.#key.id, () => this.#runtime.backend.readHead(this.#key));
    if (head === null) throw this.#notFound();
    const seen = asHead<S>(head);
    noteEpoch(seen, head);
    return seen;
  }

  async load(): Promise<Session<M, S>> {
    const { id } = this.#key;
    return await retryOvertaken(id, () => this.#runtime.call(id, () => this.#loadOnce()));
  }

  /** @param letGo called once nothing is held any more: before the last entry of the range is handed out, and at every end */
  async *messages(range: unknown, letGo?: () => void): AsyncGenerator<Entry<M>, void, undefined> {
    const checked = checkMessageRange(range);
    const transcript = await this.#runtime.call(this.#key.id, () => this.#open());
    const close = async (): Promise<void> => {
      await transcript.close();
      letGo?.();
    };
    try {
      const resolved = resolveRange(checked, transcript.head.messageCount);
      const entries =
        checked.maxBytes === undefined
          ? this.#batches(transcript, resolved, close)
          : this.#newestWithin(transcript, resolved, checked.maxBytes, close);
      for await (const batch of entries) yield* batch as readonly Entry<M>[];
    } catch (error) {
      throw this.#runtime.asStoreError(error, this.#key.id);
    } finally {
      await close();
    }
  }

  async #loadOnce(): Promise<Session<M, S>> {
    const transcript = await this.#open();
    try {
      const { head } = transcript;
      const messages: M[] = [];
      const all: EntryRange = { first: 1, last: head.messageCount, order: "asc" };
      for await (const batch of this.#batches(transcript, all, () => transcript.close())) {
        for (const entry of batch) messages.push(entry.message as M);
      }
      return { ...asHead<S>(head), messages };
    } finally {
      await transcript.close();
    }
  }

  /** The newest entries of the range that fit into `maxBytes`, at least one, in the range's order. */
  async *#newestWithin(
    transcript: Transcript,
    range: EntryRange,
    maxBytes: number,
    close: () => Promise<void>,
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    const kept: StoredEntry[] = [];
    let bytes = 0;
    reading: for await (const batch of this.#batches(transcript, { ...range, order: "desc" }, close)) {
      for (const entry of batch) {
        bytes += utf8Length(JSON.stringify(entry.message));
        if (bytes > maxBytes && kept.length > 0) break reading;
        kept.push(entry);
      }
    }
    await close();
    yield range.order === "asc" ? kept.reverse() : kept;
  }

  /**
   * The batches of a range, with a check that the backend yielded all of it. `close` is called before the last one is handed out: many
   * read just what they asked for, and never ask whether there is more.
   */
  async *#batches(
    transcript: Transcript,
    range: EntryRange,
    close: () => Promise<void>,
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    let missing = Math.max(0, range.last - range.first + 1);
    if (missing === 0) return;
    const last: StoredEntry[][] = [];
    for await (const batch of transcript.read(range)) {
      missing -= batch.length;
      if (missing > 0) yield batch;
      // A batch is good until the next one is asked for.
      else last.push([...batch]);
    }
    if (missing !== 0) {
      throw new SessionConflictError(this.#key.id, null, null, {
        location: this.#runtime.backend.location,
        message: `The transcript of session ${JSON.stringify(this.#key.id)} changed while it was read. Read it again.`,
      });
    }
    await close();
    yield* last;
  }

  #write(prepare: () => PreparedWrite | Promise<PreparedWrite>): Promise<SessionHead<S>> {
    return this.#runtime.mutate(this.#key, prepare, this.#held).then(asHead<S>);
  }

  async #open(): Promise<Transcript> {
    const transcript = await this.#runtime.backend.openTranscript(this.#key);
    if (transcript === null) throw this.#notFound();
    return transcript;
  }

  #notFound(): SessionNotFoundError {
    return new SessionNotFoundError(this.#key.id, this.#key.namespace, this.#runtime.backend.location);
  }
}

/** Asks an update function, once, with a head of its own. */
function askForChange(change: unknown, head: SessionHead<object>): ReturnType<typeof checkChange> {
  const copy = {
    ...head,
    labels: [...head.labels],
    metadata: { ...head.metadata },
    state: normaliseJsonObject(head.state, "state"),
  };
  const answer: unknown = (change as (head: SessionHead<JsonObject>) => unknown)(copy);
  if (isThenable(answer)) {
    abandon(answer);
    throw new InvalidInputError(
      "INVALID_VALUE",
      "The update function must be synchronous; it returned a promise, and nothing was changed. Prepare what is slow before, or use withLock().",
      { path: "change" },
    );
  }
  return checkChange(answer);
}

/**
 * The head that callers see, without what core keeps for itself. Field by field: to leave some out of a copy of all costs three times as
 * much, and every write does it.
 */
export function asHead<S extends object>(head: StoredHead): SessionHead<S> {
  const seen: SessionHead = {
    id: head.id,
    namespace: head.namespace,
    title: head.title,
    preview: head.preview,
    labels: head.labels,
    metadata: head.metadata,
    pinned: head.pinned,
    archived: head.archived,
    parent: head.parent,
    usage: head.usage,
    messageCount: head.messageCount,
    revision: head.revision,
    createdAt: head.createdAt,
    updatedAt: head.updatedAt,
    state: head.state,
  };
  return seen as SessionHead<JsonObject> as SessionHead<S>;
}
