import {
  InvalidInputError,
  SessionAlreadyExistsError,
  SessionConflictError,
  SessionNotFoundError,
} from "./errors.js";
import { checkCount, checkTime, checkTitle, checkUsage } from "./head-fields.js";
import { type JsonObject, type JsonValue, normaliseJsonObject } from "./json-value.js";
import { findPreview } from "./message-text.js";
import { retryOvertaken } from "./retry-overtaken.js";
import type { SessionHead } from "./session.js";
import type { SessionKey, StoredEntry, StoredHead, Transcript } from "./session-backend.js";
import { checkSnapshotHead, checkWriteOptions } from "./session-content.js";
import { checkSessionId } from "./session-id.js";
import { checkKnownKeys } from "./store-options.js";
import type { CallersCode, StoreRuntime } from "./store-runtime.js";
import { TimeSlice } from "./time-slice.js";
import { pausedWait } from "./wait.js";
import { checkPosition, expectRevision, newEpoch, timeAfter, type WriteScene } from "./write-rules.js";

/** A batch is handed to the backend when it holds so many entries, or about so many characters. */
const MAX_BATCH_ENTRIES = 256;
const MAX_BATCH_CHARACTERS = 1024 * 1024;

/** Writes an exact copy of a snapshot into `namespace`. What its iterable throws passes through. */
export async function restoreSession(
  runtime: StoreRuntime,
  namespace: string,
  snapshot: unknown,
  options: unknown,
): Promise<StoredHead> {
  const expectedRevision = checkWriteOptions(options, "restore");
  checkKnownKeys(snapshot, ["head", "entries"], "INVALID_VALUE", "the snapshot", "snapshot");
  const head = { ...checkSnapshotHead(snapshot["head"]), namespace };
  const source = checkIterable(snapshot["entries"]);
  const key: SessionKey = { namespace, id: head.id };
  const copy = (): Promise<StoredHead> => writeSnapshot(runtime, head, source, expectedRevision);
  return await runtime.inTurn(key, () => undefined, copy);
}

async function writeSnapshot(
  runtime: StoreRuntime,
  head: SessionHead<JsonObject>,
  source: AsyncIterable<unknown> | Iterable<unknown>,
  expectedRevision: number | undefined,
): Promise<StoredHead> {
  const key: SessionKey = { namespace: head.namespace, id: head.id };
  const scene = runtime.scene(key);
  const preview = new PreviewFinder();
  return await runtime.callAround(key.id, async (callers) => {
    const wait = pausedWait(runtime.lockTimeoutMs);
    const seal = callers((current: StoredHead | null): StoredHead => {
      expectRevision(current === null ? null : { head: current }, expectedRevision, scene);
      const previewSeq = preview.text === head.preview ? preview.seq : 0;
      return { ...head, epoch: newEpoch(), previewSeq, extra: {} };
    });
    async function* batches(): AsyncGenerator<readonly StoredEntry[], void, undefined> {
      let count = 0;
      const slice = new TimeSlice();
      const check = callers((entry: unknown) => checkEntry(entry, ++count, head));
      for await (const entries of inBatches(readSource(source, callers), check)) {
        preview.look(entries);
        yield entries;
        if (slice.isOver) await slice.pause();
      }
      callers(checkComplete)(count, head);
      wait.begin();
    }
    return await runtime.backend.replace(key, batches(), seal, { wait, lock: null });
  });
}

/** Copies the first messages of a session, or all, into a new one. */
export async function forkSession(
  runtime: StoreRuntime,
  sourceKey: SessionKey,
  options: unknown,
): Promise<StoredHead> {
  const given = options ?? {};
  checkKnownKeys(given, ["id", "title", "messageCount"], "INVALID_OPTIONS", "the options of fork", "options");
  const title = given["title"] === undefined ? undefined : checkTitle(given["title"]);
  const messageCount =
    given["messageCount"] === undefined
      ? undefined
      : checkCount(given["messageCount"], "messageCount", 0, "INVALID_QUERY");
  const id = given["id"] === undefined ? runtime.newId() : checkSessionId(given["id"]);
  const key: SessionKey = { namespace: sourceKey.namespace, id };
  const copy = (): Promise<StoredHead> => {
    const scene = runtime.scene(key);
    return retryOvertaken(sourceKey.id, () =>
      runtime.call(key.id, () => copyTo(runtime, scene, sourceKey, title, messageCount)),
    );
  };
  return await runtime.inTurnOfBoth(key, sourceKey, copy);
}

async function copyTo(
  runtime: StoreRuntime,
  scene: WriteScene,
  sourceKey: SessionKey,
  title: string | undefined,
  messageCount: number | undefined,
): Promise<StoredHead> {
  const { backend } = runtime;
  const { key } = scene;
  const source = await backend.openTranscript(sourceKey);
  if (source === null) throw new SessionNotFoundError(sourceKey.id, sourceKey.namespace, backend.location);
  try {
    checkPosition(messageCount, source.head.messageCount, "messageCount");
    const count = messageCount ?? source.head.messageCount;
    const copied = new CopiedEntries(source, count);
    const wait = pausedWait(runtime.lockTimeoutMs);
    const seal = (current: StoredHead | null): StoredHead => {
      if (current !== null) throw new SessionAlreadyExistsError(key.id, backend.location);
      return {
        ...source.head,
        ...key,
        title: title ?? source.head.title,
        preview: copied.preview.text,
        previewSeq: copied.preview.seq,
        pinned: false,
        archived: false,
        parent: { id: sourceKey.id, messageCount: count },
        usage: checkUsage({}),
        messageCount: count,
        revision: 1,
        createdAt: new Date(scene.now).toISOString(),
        updatedAt: timeAfter(scene, copied.lastAt),
        epoch: newEpoch(),
      };
    };
    return await backend.replace(
      key,
      copied.batches(() => wait.begin()),
      seal,
      { wait, lock: null },
    );
  } finally {
    await source.close();
  }
}

/** The first entries of a transcript on their way into a fork. */
class CopiedEntries {
  readonly preview: PreviewFinder = new PreviewFinder();
  lastAt = "";
  readonly #source: Transcript;
  readonly #count: number;

  constructor(source: Transcript, count: number) {
    this.#source = source;
    this.#count = count;
  }

  async *batches(onEnd: () => void): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    let seen = 0;
    if (this.#count > 0) {
      for await (const batch of this.#source.read({ first: 1, last: this.#count, order: "asc" })) {
        this.preview.look(batch);
        for (const { at } of batch.slice(-1)) this.lastAt = at;
        seen += batch.length;
        // A writer may keep it for longer than the transcript does.
        yield [...batch];
      }
    }
    if (seen !== this.#count) throw new SessionConflictError(this.#source.head.id, null, null);
    onEnd();
  }
}

/** Finds the first user text in entries that pass by. */
class PreviewFinder {
  text = "";
  /** The position it was found at; 0 when none was. */
  seq = 0;

  look(entries: readonly StoredEntry[]): void {
    for (const { seq, message } of entries) {
      if (this.seq !== 0) return;
      const found = findPreview([message]);
      if (found === null) continue;
      this.text = found.preview;
      this.seq = seq;
    }
  }
}

async function* readSource(
  source: AsyncIterable<unknown> | Iterable<unknown>,
  callers: CallersCode,
): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    callers(() => {
      throw error;
    })();
  }
}

async function* inBatches(
  source: AsyncIterable<unknown>,
  check: (item: unknown) => StoredEntry,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  let entries: StoredEntry[] = [];
  let characters = 0;
  for await (const item of source) {
    const entry = check(item);
    entries.push(entry);
    characters += roughSize(entry.message);
    if (entries.length >= MAX_BATCH_ENTRIES || characters >= MAX_BATCH_CHARACTERS) {
      yield entries;
      entries = [];
      characters = 0;
    }
  }
  if (entries.length > 0) yield entries;
}

/** About the characters of a value's JSON: enough to keep batches bounded. */
function roughSize(value: JsonValue | undefined): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let size = 8;
  for (const item of Object.values(value) as JsonValue[]) size += roughSize(item);
  return size;
}

function checkEntry(entry: unknown, seq: number, head: SessionHead): StoredEntry {
  const path = `entries[${seq - 1}]`;
  checkKnownKeys(entry, ["seq", "at", "message"], "INVALID_VALUE", path);
  if (entry["seq"] !== seq || seq > head.messageCount) {
    throw new InvalidInputError(
      "INVALID_VALUE",
      `${path}.seq must be ${seq} of ${head.messageCount}: a snapshot's entries run from 1 to head.messageCount without holes.`,
      { path: `${path}.seq`, sessionId: head.id },
    );
  }
  return {
    seq,
    at: checkTime(entry["at"], `${path}.at`),
    message: normaliseJsonObject(entry["message"], `${path}.message`),
  };
}

function checkComplete(count: number, head: SessionHead): void {
  if (count === head.messageCount) return;
  throw new InvalidInputError(
    "INVALID_VALUE",
    `The snapshot's entries end after ${count}, but head.messageCount is ${head.messageCount}; nothing was written.`,
    { path: "entries", sessionId: head.id },
  );
}

function checkIterable(value: unknown): AsyncIterable<unknown> | Iterable<unknown> {
  const isIterable =
    typeof value === "object" &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value);
  if (isIterable) return value as AsyncIterable<unknown> | Iterable<unknown>;
  throw new InvalidInputError("INVALID_VALUE", "entries must be an iterable or async iterable of entries.", {
    path: "entries",
  });
}
