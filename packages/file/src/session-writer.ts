import fs from "node:fs";
import { SessionAlreadyExistsError, type SessionStoreError, StoreIoError } from "@agent-sessions/core";
import type {
  Commit,
  Decide,
  MutateOptions,
  SessionKey,
  StoredEntry,
  StoredHead,
  WriteContext,
} from "@agent-sessions/core/backend";
import { TimeSlice } from "@agent-sessions/core/backend";
import type { FileStore, OpenSession, ResumedSession } from "./file-store.js";
import { appendBytes, type PlannedAppend, planAppend } from "./log-appender.js";
import { lastCommit } from "./log-memory.js";
import { headerFields } from "./log-record.js";
import { type Carried, LogRewriter, NOTHING_CARRIED } from "./log-rewriter.js";
import { findOperation, REMEMBERED_OPERATIONS, readWhole, rememberedOperations } from "./log-state.js";
import { LogTranscript } from "./log-transcript.js";
import { errorCode } from "./open-file.js";
import { removeEmptyFolders, syncFolder } from "./private-files.js";
import { assertMessageDepth, assertWritableDepth } from "./record-depth.js";
import type { NamespaceFolder } from "./session-place.js";
import { asideStays, unlinkSession } from "./session-removal.js";
import { removeSetAside, setAside, setAsideFrom, setTailAside } from "./set-aside.js";
import { StagedFile, sweepLeftovers } from "./staged-file.js";

/** A log is rewritten when its history outweighs what is live by this factor … */
const HISTORY_FACTOR = 4;
/** … and is worth the trouble, in bytes. */
const MIN_HISTORY_BYTES = 256 * 1024;

/** Where one write happens; its session is locked. */
interface WritePlace {
  readonly key: SessionKey;
  readonly folder: NamespaceFolder;
  readonly fileName: string;
  readonly path: string;
  /** Made for the session's lock; their names are to be made durable with the session's. */
  madeFolders: readonly string[];
  /** Set once the session is known to exist. */
  isThere: boolean;
}

/** Everything that changes a session. Called with valid input; each write holds the session's lock for as long as it takes. */
export class SessionWriter {
  readonly #store: FileStore;
  readonly #onWritten: (folder: NamespaceFolder, fileName: string) => void;

  /** Folders in which this store has looked already for what dead writers left. */
  readonly #swept = new WeakSet<NamespaceFolder>();

  /** @param onWritten called after each commit, and each removal */
  constructor(store: FileStore, onWritten: (folder: NamespaceFolder, fileName: string) => void) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    return this.#locked(key, options, async (place) => {
      const opened = this.#store.openSession(place.folder, place.fileName, "write", key.id);
      const open = opened instanceof Promise ? await opened : opened;
      if (open === null) {
        const commit = decide(null);
        if (commit === null) throw new Error("decide() must create the session or throw when there is none");
        await this.#create(place, commit);
        return commit.head;
      }
      place.isThere = true;
      try {
        const { source, state } = open;
        const { operationId } = options;
        const operationFingerprint =
          operationId === null ? null : await findOperation(source, state, operationId);
        const commit = decide({ head: state.head, operationFingerprint });
        if (commit === null) return state.head;
        const committed = this.#commit(place, open, commit);
        if (committed !== null) await committed;
        return commit.head;
      } finally {
        open.source.file.close();
      }
    });
  }

  async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    const folder = this.#store.folder(key.namespace);
    const file = await this.#stage(folder);
    try {
      const rewriter = this.#rewriter(key, file, folder.path);
      const slice = new TimeSlice();
      rewriter.begin(headerFields(key, new Date(0).toISOString()));
      for await (const batch of entries) {
        assertMessageDepth(batch, this.#store.settings.maxDepth);
        for (const { at, message } of batch) rewriter.add({ at, message });
        if (slice.isOver) await slice.pause();
      }
      return await this.#locked(key, context, async (place) => {
        const open = await this.#store.openSession(folder, place.fileName, "read", key.id);
        try {
          const head = seal(open?.state.head ?? null);
          assertWritableDepth({ head, entries: [] }, this.#store.settings.maxDepth);
          rewriter.beginAgain(headerFields(key, head.createdAt));
          rewriter.finish(head, NOTHING_CARRIED, null);
          await this.#publish(place, file, open);
          return head;
        } finally {
          open?.source.file.close();
        }
      });
    } finally {
      file.discard();
    }
  }

  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    const { path, folder, fileName } = this.#place(key);
    // What is not there needs no lock, and may lie where none can be made: on read-only media.
    if (!isThere(path) && setAsideFrom(folder, fileName).length === 0) return false;
    return await this.#locked(key, context, async () => {
      const { wasThere, aside } = unlinkSession(key, folder, fileName);
      if (wasThere) {
        removeEmptyFolders([folder.stagingPath]);
        this.#onWritten(folder, fileName);
        if (this.#store.settings.isDurable) await syncFolder(folder.path);
      }
      // Last: were the session to stay, or to come back after a power cut, it would lack what was set aside from it.
      try {
        await removeSetAside(folder, aside, this.#store.settings.isDurable);
      } catch (error) {
        throw asideStays(key, folder, error);
      }
      return wasThere;
    });
  }

  /** Writes a session's log anew from what is live in it. The caller holds its lock, and has set aside what must be kept besides. */
  async rewrite(key: SessionKey, { source, state }: OpenSession): Promise<void> {
    const { head } = state;
    const commit: Commit = { head, headChanged: true, keep: head.messageCount, entries: [], operation: null };
    await this.#rewrite(this.#place(key), { source, state: { ...state, isTorn: false } }, commit);
  }

  async #locked<T>(
    key: SessionKey,
    context: WriteContext,
    write: (place: WritePlace) => Promise<T>,
  ): Promise<T> {
    const place = this.#place(key);
    if (context.lock !== null) return await write(place);
    const held =
      this.#store.lockIfFree(place.folder, place.fileName) ??
      (await this.#store.lock(place.folder, place.fileName, context.wait, key.id));
    place.madeFolders = held.madeFolders;
    try {
      return await write(place);
    } finally {
      held.release(place.isThere);
    }
  }

  #place(key: SessionKey): WritePlace {
    const folder = this.#store.folder(key.namespace);
    const fileName = this.#store.fileName(key);
    return { key, folder, fileName, path: folder.filePath(fileName), madeFolders: [], isThere: false };
  }

  async #create(place: WritePlace, commit: Commit): Promise<void> {
    assertWritableDepth(commit, this.#store.settings.maxDepth);
    const file = await this.#stage(place.folder);
    try {
      const rewriter = this.#rewriter(place.key, file, place.path);
      rewriter.begin(headerFields(place.key, commit.head.createdAt));
      for (const { at, message } of commit.entries) rewriter.add({ at, message });
      rewriter.finish(commit.head, NOTHING_CARRIED, commit.operation);
      await this.#publish(place, file, null);
    } finally {
      file.discard();
    }
  }

  /** @param path of the session's file, or of its folder, for messages */
  #rewriter(key: SessionKey, file: StagedFile, path: string): LogRewriter {
    const { codec, maxRecordBytes } = this.#store.settings;
    const refusal = (bytes: number): Error => tooLarge(key, path, bytes, maxRecordBytes);
    return new LogRewriter(codec, file, { bytes: maxRecordBytes, refusal });
  }

  /** Null when there is nothing to wait for. */
  #commit(place: WritePlace, open: ResumedSession, commit: Commit): Promise<void> | null {
    const { source, state } = open;
    const { scan } = state;
    assertWritableDepth(commit, source.maxDepth);
    const replacesAll = commit.keep === 0 && state.head.messageCount > 0;
    if (replacesAll || scan?.countsFit === false) return this.#rewrite(place, open, commit);
    const operations = scan === null ? [] : scan.operations.slice(-REMEMBERED_OPERATIONS);
    const plan = planAppend(source, state, commit, operations);
    if (isMostlyHistory(plan)) return this.#rewrite(place, open, commit);
    if (plan.bytes.length > source.maxRecordBytes)
      throw tooLarge(place.key, place.path, plan.bytes.length, source.maxRecordBytes);
    return state.isTorn
      ? this.#appendOverTorn(place, open, commit, plan)
      : this.#append(place, open, commit, plan);
  }

  async #appendOverTorn(
    place: WritePlace,
    open: ResumedSession,
    commit: Commit,
    plan: PlannedAppend,
  ): Promise<void> {
    await setTailAside(open.source, open.state, this.#store.settings.isDurable);
    await this.#append(place, open, commit, plan);
  }

  /** What can be made ready for the next commit is, while the disk works; null when there is nothing to wait for. */
  #append(
    place: WritePlace,
    open: ResumedSession,
    commit: Commit,
    plan: PlannedAppend,
  ): Promise<void> | null {
    const flushed = appendBytes(open.source, open.state, plan.bytes, this.#store.settings.isDurable);
    const last = lastCommit(open, commit, plan.record);
    const keep = (): void => {
      this.#store.memory.keep(place.path, last);
      this.#onWritten(place.folder, place.fileName);
    };
    if (flushed !== null) return flushed.then(keep);
    keep();
    return null;
  }

  /** One commit as a whole new file: what stays of the old log, and what is new. */
  async #rewrite(place: WritePlace, open: OpenSession, commit: Commit): Promise<void> {
    const { source, state } = open;
    const file = await this.#stage(place.folder);
    try {
      const rewriter = this.#rewriter(place.key, file, place.path);
      rewriter.begin(state.header.fields);
      const kept = { first: 1, last: commit.keep, order: "asc" } as const;
      for await (const batch of new LogTranscript(source, state).readPlaced(kept)) {
        for (const { at, fields } of batch) rewriter.add({ ...fields, at });
      }
      for (const { at, message } of commit.entries) rewriter.add({ at, message });
      rewriter.finish(commit.head, await carriedFrom(open), commit.operation);
      await this.#publish(place, file, open);
    } finally {
      file.discard();
    }
  }

  /** @param replaced what the file takes the place of; of its torn end nothing is in the new file, so it is set aside first */
  async #publish(place: WritePlace, file: StagedFile, replaced: OpenSession | null): Promise<void> {
    if (replaced?.state.isTorn === true) {
      const { end, size } = replaced.state;
      await setAside(replaced.source, "torn", end, size, this.#store.settings.isDurable);
    }
    try {
      await file.publish(place.path, replaced === null ? "create" : "replace", place.madeFolders);
    } catch (error) {
      if (replaced === null && errorCode(error) === "EEXIST") {
        throw new SessionAlreadyExistsError(place.key.id, place.path, { cause: error });
      }
      throw error;
    }
    this.#onWritten(place.folder, place.fileName);
  }

  async #stage(folder: NamespaceFolder): Promise<StagedFile> {
    const tryLock = await this.#store.tryLock();
    if (!this.#swept.has(folder)) sweepLeftovers(folder, tryLock);
    this.#swept.add(folder);
    return StagedFile.create(folder, tryLock, this.#store.settings.isDurable);
  }
}

/** What a rewrite takes over: remembered operations, and what this version does not know. */
async function carriedFrom({ source, state }: OpenSession): Promise<Carried> {
  const operations = await rememberedOperations(source, state);
  const needsScan = state.scan === null && state.footer.foreign;
  const scan = needsScan ? (await readWhole(source, state.end)).scan : state.scan;
  return {
    header: state.header.fields,
    operations: operations.slice(-REMEMBERED_OPERATIONS),
    foreign: scan?.foreign ?? [],
    footerExtra: state.footer.extra,
  };
}

/** @throws what the system answers, when that cannot be told */
function isThere(path: string): boolean {
  try {
    fs.lstatSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function isMostlyHistory({ dead, size }: PlannedAppend): boolean {
  return dead > MIN_HISTORY_BYTES && dead > HISTORY_FACTOR * (size - dead);
}

function tooLarge(key: SessionKey, path: string, bytes: number, limit: number): SessionStoreError {
  return new StoreIoError(
    `A record of ${bytes} bytes to session ${JSON.stringify(key.id)} is larger than maxRecordBytes (${limit}) allows. Append it in smaller parts, or raise the option.`,
    { sessionId: key.id, location: path },
  );
}
