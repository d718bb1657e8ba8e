import { randomUUID } from "node:crypto";
import {
  type Finding,
  type RepairReport,
  SessionDeleteError,
  type StoreCapabilities,
} from "@agent-sessions/core";
import {
  type BackendLock,
  type BackendPage,
  type Decide,
  type ListPlan,
  type MutateOptions,
  retryUntil,
  type SearchCandidate,
  type SearchPlan,
  SessionBackend,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  scanCandidates,
  type Transcript,
  type Wait,
  type WriteContext,
} from "@agent-sessions/core/backend";
import { backUpDatabase } from "./back-up-database.js";
import { SUMMARIES, sessionKey, sessionOf, summariesIn } from "./keys.js";
import { type LevelDatabase, useDatabase } from "./level-database.js";
import { listSessions } from "./list-sessions.js";
import { changesOfCommit, changesOfRemoval, changesOfSeal, discard, putEntry } from "./session-changes.js";
import { type FoundSession, findSession, freezeSession } from "./session-reader.js";
import { decodeOperations, type Operation } from "./session-records.js";
import { verifySessions } from "./verify-sessions.js";

/** The primitives of a session store on LevelDB. A write is one atomic batch, on disk when it resolves. */
export class LevelBackend extends SessionBackend {
  readonly name = "level";
  readonly location: string;
  readonly capabilities: StoreCapabilities = {
    durable: true,
    multiProcess: false,
    multiHost: false,
    readOnlyMedia: false,
  };
  readonly #database: LevelDatabase;

  constructor(path: string) {
    super();
    this.#database = useDatabase(path);
    this.location = this.#database.location;
  }

  async readHead(key: SessionKey): Promise<StoredHead | null> {
    return (await this.#find(key))?.head ?? null;
  }

  async openTranscript(key: SessionKey): Promise<Transcript | null> {
    const level = await this.#database.reader();
    return level === null ? null : await freezeSession(level, key);
  }

  async listPage(namespace: string, plan: ListPlan): Promise<BackendPage> {
    const level = await this.#database.reader();
    if (level === null) return { sessions: [], hasMore: false, unreadable: [], unreadableCount: 0 };
    return await listSessions(level, namespace, plan);
  }

  searchCandidates(namespace: string, plan: SearchPlan): AsyncIterable<SearchCandidate> {
    return scanCandidates(this, namespace, plan);
  }

  async *namespaces(): AsyncGenerator<string, void, undefined> {
    const level = await this.#database.reader();
    if (level === null) return;
    const keys = level.keys(SUMMARIES);
    try {
      for (let key = await keys.next(); key !== undefined; key = await keys.next()) {
        const { namespace } = sessionOf(key);
        yield namespace;
        keys.seek(summariesIn(namespace).lt);
      }
    } finally {
      await keys.close();
    }
  }

  async mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    const { operationId } = options;
    return await this.#alone(key, options, async () => {
      const found = await this.#find(key);
      const operations = operationId === null ? [] : await this.#operations(key);
      const operationFingerprint = operations.find(([id]) => id === operationId)?.[1] ?? null;
      const commit = decide(found === null ? null : { head: found.head, operationFingerprint });
      const head = (commit ?? found)?.head;
      if (head === undefined) throw new TypeError("decide() made no session, and there is none");
      if (commit !== null) await this.#database.commit(changesOfCommit(key, found, commit, operations));
      return head;
    });
  }

  async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    const transcript = randomUUID();
    try {
      // Discarded until the seal takes the mark away: a process that is killed before leaves what the next one sweeps.
      await this.#database.commit([discard(transcript)]);
      for await (const batch of entries) {
        await this.#database.commit(batch.map((entry) => putEntry(transcript, entry)));
      }
      return await this.#alone(key, context, async () => {
        const found = await this.#find(key);
        const head = seal(found?.head ?? null);
        await this.#database.commit(changesOfSeal(key, found, head, transcript));
        if (found !== null) await this.#database.sweep(found.transcript);
        return head;
      });
    } catch (error) {
      await this.#database.sweep(transcript);
      throw error;
    }
  }

  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    return await this.#alone(key, context, async () => {
      const level = await this.#database.reader();
      const [summary, transcript] =
        (await level?.getMany([sessionKey("summary", key), sessionKey("transcript", key)])) ?? [];
      if (summary === undefined) return false;
      try {
        await this.#database.commit(changesOfRemoval(key, transcript));
      } catch (cause) {
        throw new SessionDeleteError(key.id, this.location, { cause });
      }
      if (transcript !== undefined) await this.#database.sweep(transcript);
      return true;
    });
  }

  async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    return await retryUntil(wait, key.id, () => this.#database.locks.tryLock(key));
  }

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    const level = await this.#database.reader();
    if (level !== null) yield* verifySessions(level);
  }

  /** Mends nothing: LevelDB checks its own files, so a record that cannot be read was written so, and no rule could guess what it said. */
  async repair(key: SessionKey | null): Promise<RepairReport> {
    const remaining: Finding[] = [];
    for await (const finding of this.verify()) {
      const isMeant = key === null || (finding.namespace === key.namespace && finding.id === key.id);
      if (isMeant) remaining.push(finding);
    }
    return { repaired: [], setAside: [], remaining };
  }

  async backup(target: string): Promise<void> {
    await backUpDatabase(await this.#database.reader(), target);
  }

  async close(): Promise<void> {
    await this.#database.release();
  }

  async #find(key: SessionKey): Promise<FoundSession | null> {
    const level = await this.#database.reader();
    return level === null ? null : await findSession(level, key);
  }

  async #operations(key: SessionKey): Promise<readonly Operation[]> {
    const level = await this.#database.reader();
    return decodeOperations(key, await level?.get(sessionKey("operations", key)), this.location);
  }

  /** Runs a write while nobody else writes to the session: under the caller's lock, or one of its own. */
  async #alone<T>(key: SessionKey, context: WriteContext, write: () => Promise<T>): Promise<T> {
    if (context.lock !== null) return await write();
    const lock = await this.acquireLock(key, context.wait);
    try {
      return await write();
    } finally {
      await lock.release();
    }
  }
}
