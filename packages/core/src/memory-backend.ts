import { StoreIoError } from "./errors.js";
import { copyJson, type JsonObject } from "./json-value.js";
import { type ListPlan, selectPage } from "./list-plan.js";
import type { MemoryData, MemoryEntry, MemorySession } from "./memory-data.js";
import { scanCandidates } from "./scan-candidates.js";
import {
  type BackendLock,
  type BackendPage,
  type Commit,
  type Decide,
  type EntryRange,
  type MutateOptions,
  type SearchCandidate,
  type SearchPlan,
  SessionBackend,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  type Transcript,
  type WriteContext,
} from "./session-backend.js";
import type { Finding, RepairReport, StoreCapabilities } from "./session-store.js";
import { toSummary } from "./session-summary.js";
import { TimeSlice } from "./time-slice.js";
import { retryUntil, type Wait } from "./wait.js";

/** A batch ends at so many entries, or about so many characters of JSON: parsing it stays well below 20 ms. */
const BATCH_ENTRIES = 256;
const BATCH_CHARACTERS = 256 * 1024;
/** How many operations a session remembers: the contract's minimum, doubled. */
const REMEMBERED_OPERATIONS = 200;

/** The reference backend: everything in this process's memory, gone with it. */
export class MemoryBackend extends SessionBackend {
  readonly name = "memory";
  readonly location = "memory";
  readonly capabilities: StoreCapabilities = {
    durable: false,
    multiProcess: false,
    multiHost: false,
    readOnlyMedia: false,
  };
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    super();
    this.#data = data;
  }

  async readHead(key: SessionKey): Promise<StoredHead | null> {
    const session = this.#data.get(key);
    return session === null ? null : copyHead(session.head);
  }

  async openTranscript(key: SessionKey): Promise<Transcript | null> {
    const session = this.#data.get(key);
    if (session === null) return null;
    return {
      head: copyHead(session.head),
      read: (range) => readEntries(session.entries, range),
      close: async () => undefined,
    };
  }

  async listPage(namespace: string, plan: ListPlan): Promise<BackendPage> {
    const { sessions, hasMore } = await selectPage(plan, [...this.#data.heads(namespace)]);
    return { sessions: sessions.map(toSummary), hasMore, unreadable: [], unreadableCount: 0 };
  }

  searchCandidates(namespace: string, plan: SearchPlan): AsyncIterable<SearchCandidate> {
    return scanCandidates(this, namespace, plan);
  }

  async *namespaces(): AsyncGenerator<string, void, undefined> {
    yield* this.#data.namespaces();
  }

  async mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    return await this.#unlocked(key, options, () => {
      const session = this.#data.get(key);
      const commit = decide(session === null ? null : currentOf(session, options.operationId));
      if (commit !== null) this.#data.set(key, apply(session, commit));
      return copyHead((commit ?? session)?.head ?? missingHead(key));
    });
  }

  async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    const staged: MemoryEntry[] = [];
    for await (const batch of entries) for (const entry of batch) staged.push(toMemoryEntry(entry));
    return await this.#unlocked(key, context, () => {
      const present = this.#data.get(key);
      const head = seal(present === null ? null : copyHead(present.head));
      this.#data.set(key, { head: copyHead(head), entries: staged, operations: new Map() });
      return head;
    });
  }

  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    return await this.#unlocked(key, context, () => this.#data.delete(key));
  }

  async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    return await retryUntil(wait, key.id, () => this.#data.tryLock(key));
  }

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    // Memory has no file that could be damaged.
  }

  async repair(): Promise<RepairReport> {
    return { repaired: [], setAside: [], remaining: [] };
  }

  async backup(target: string): Promise<void> {
    throw new StoreIoError(
      `The memory store cannot be backed up to ${JSON.stringify(target)}: it has no form on disk. Use migrate() to copy it into a file or database store.`,
      { location: this.location },
    );
  }

  async close(): Promise<void> {
    // The data belongs to whoever shares it.
  }

  /** Runs a synchronous write as soon as nobody else holds the session's lock. */
  async #unlocked<T>(key: SessionKey, context: WriteContext, write: () => T): Promise<T> {
    const done = await retryUntil(context.wait, key.id, () =>
      this.#data.isLocked(key, context.lock) ? null : { result: write() },
    );
    return done.result;
  }
}

function apply(session: MemorySession | null, commit: Commit): MemorySession {
  const present = session?.entries ?? [];
  const entries = commit.keep === present.length ? present : present.slice(0, commit.keep);
  for (const entry of commit.entries) entries.push(toMemoryEntry(entry));
  const operations = session?.operations ?? new Map<string, string>();
  if (commit.operation !== null) {
    operations.set(commit.operation.id, commit.operation.fingerprint);
    for (const oldest of operations.keys()) {
      if (operations.size <= REMEMBERED_OPERATIONS) break;
      operations.delete(oldest);
    }
  }
  return { head: copyHead(commit.head), entries, operations };
}

function currentOf(session: MemorySession, operationId: string | null): Parameters<Decide>[0] {
  const operationFingerprint = operationId === null ? null : (session.operations.get(operationId) ?? null);
  return { head: copyHead(session.head), operationFingerprint };
}

async function* readEntries(
  entries: readonly MemoryEntry[],
  { first, last, order }: EntryRange,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  const step = order === "asc" ? 1 : -1;
  const slice = new TimeSlice();
  let batch: StoredEntry[] = [];
  let characters = 0;
  for (let seq = order === "asc" ? first : last; seq >= first && seq <= last; seq += step) {
    const entry = entries[seq - 1];
    if (entry === undefined) break;
    batch.push({ seq, at: entry.at, message: JSON.parse(entry.json) as JsonObject });
    characters += entry.json.length;
    if (batch.length < BATCH_ENTRIES && characters < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
    if (slice.isOver) await slice.pause();
  }
  if (batch.length > 0) yield batch;
}

function toMemoryEntry(entry: StoredEntry): MemoryEntry {
  return { at: entry.at, json: JSON.stringify(entry.message) };
}

function copyHead(head: StoredHead): StoredHead {
  // New fields behind a spread cost microseconds each; assigned, they cost next to nothing.
  return Object.assign(toSummary(head), {
    state: copyJson(head.state),
    epoch: head.epoch,
    previewSeq: head.previewSeq,
    extra: copyJson(head.extra),
  });
}

function missingHead(key: SessionKey): never {
  throw new TypeError(`decide() changed nothing in session ${JSON.stringify(key.id)}, which does not exist`);
}
