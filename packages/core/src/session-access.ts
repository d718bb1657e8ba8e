import { InvalidInputError, SessionConflictError, SessionNotFoundError } from "./errors.js";
import { checkCount } from "./head-fields.js";
import { type JsonObject, normaliseJsonObject } from "./json-value.js";
import { checkMessageRange, resolveRange } from "./message-range.js";
import { retryOvertaken } from "./retry-overtaken.js";
import type { Entry, Session, SessionHead } from "./session.js";
import type { EntryRange, SessionKey, StoredEntry, StoredHead, Transcript } from "./session-backend.js";
import { checkAppend, checkChange, checkContent, checkWriteOptions } from "./session-content.js";
import type { HeldLock, PreparedWrite, StoreRuntime } from "./store-runtime.js";
import { utf8Length } from "./text.js";
import { abandon, isThenable } from "./thenable.js";
import {
  decideAppend,
  decideSave,
  decideTruncate,
  decideUpdate,
  existing,
  fingerprintOf,
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
    return this.#write(async () => {
      const append = await checkAppend(messages, options, this.#runtime.schemas);
      const { operationId } = append;
      const fingerprint = operationId === undefined ? null : fingerprintOf(append);
      return {
        decide: (current, scene) => decideAppend(current, append, fingerprint, scene),
        operationId,
      };
    });
  }

  save(content: unknown, options: unknown): Promise<SessionHead<S>> {
    return this.#write(async () => {
      const expectedRevision = checkWriteOptions(options, "save");
      const checked = await checkContent(content, this.#runtime.schemas);
      return { decide: (current, scene) => decideSave(current, checked, expectedRevision, scene) };
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
    return asHead<S>(head);
  }

  async load(): Promise<Session<M, S>> {
    const { id } = this.#key;
    return await retryOvertaken(id, () => this.#runtime.call(id, () => this.#loadOnce()));
  }

  async *messages(range: unknown): AsyncGenerator<Entry<M>, void, undefined> {
    const checked = checkMessageRange(range);
    const transcript = await this.#runtime.call(this.#key.id, () => this.#open());
    try {
      const resolved = resolveRange(checked, transcript.head.messageCount);
      const entries =
        checked.maxBytes === undefined
          ? this.#batches(transcript, resolved)
          : [await this.#newestWithin(transcript, resolved, checked.maxBytes)];
      for await (const batch of entries) yield* batch as readonly Entry<M>[];
    } catch (error) {
      throw this.#runtime.asStoreError(error, this.#key.id);
    } finally {
      await transcript.close();
    }
  }

  async #loadOnce(): Promise<Session<M, S>> {
    const transcript = await this.#open();
    try {
      const { head } = transcript;
      const messages: M[] = [];
      const all: EntryRange = { first: 1, last: head.messageCount, order: "asc" };
      for await (const batch of this.#batches(transcript, all)) {
        for (const entry of batch) messages.push(entry.message as M);
      }
      return { ...asHead<S>(head), messages };
    } finally {
      await transcript.close();
    }
  }

  /** The newest entries of the range that fit into `maxBytes`, at least one, in the range's order. */
  async #newestWithin(transcript: Transcript, range: EntryRange, maxBytes: number): Promise<StoredEntry[]> {
    const kept: StoredEntry[] = [];
    let bytes = 0;
    reading: for await (const batch of this.#batches(transcript, { ...range, order: "desc" })) {
      for (const entry of batch) {
        bytes += utf8Length(JSON.stringify(entry.message));
        if (bytes > maxBytes && kept.length > 0) break reading;
        kept.push(entry);
      }
    }
    return range.order === "asc" ? kept.reverse() : kept;
  }

  /** The batches of a range, with a check that the backend yielded all of it. */
  async *#batches(
    transcript: Transcript,
    range: EntryRange,
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    let missing = Math.max(0, range.last - range.first + 1);
    if (missing === 0) return;
    for await (const batch of transcript.read(range)) {
      missing -= batch.length;
      yield batch;
    }
    if (missing !== 0) {
      throw new SessionConflictError(this.#key.id, null, null, {
        location: this.#runtime.backend.location,
        message: `The transcript of session ${JSON.stringify(this.#key.id)} changed while it was read. Read it again.`,
      });
    }
  }

  async #write(prepare: () => PreparedWrite | Promise<PreparedWrite>): Promise<SessionHead<S>> {
    return asHead<S>(await this.#runtime.mutate(this.#key, prepare, this.#held));
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
