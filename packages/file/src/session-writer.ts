import fs from "node:fs";
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
import type { FileStore, OpenSession } from "./file-store.js";
import { FolderNames } from "./folder-names.js";
import { appendBytes, type PlannedAppend, planAppend } from "./log-appender.js";
import { isAsLeft, LogMemory, lastCommit, type ResumedSession, resumedState } from "./log-memory.js";
import { headerFields, REMEMBERED_OPERATIONS } from "./log-record.js";
import { NOTHING_CARRIED } from "./log-rewriter.js";
import { findOperation } from "./log-state.js";
import { errorCode, OpenFile } from "./open-file.js";
import { removeEmptyFolders } from "./private-files.js";
import { assertMessageDepth, assertWritableDepth } from "./record-depth.js";
import type { NamespaceFolder } from "./session-place.js";
import { asideStays, unlinkSession } from "./session-removal.js";
import { removeSetAside, setAsideFrom, setTailAside } from "./set-aside.js";
import { tooLarge, WholeLogWriter, type WritePlace } from "./whole-log-writer.js";

/** A log is rewritten when its history outweighs what is live by this factor … */
const HISTORY_FACTOR = 4;
/** … and is worth the trouble, in bytes. */
const MIN_HISTORY_BYTES = 256 * 1024;

/** Everything that changes a session. Called with valid input; each write holds the session's lock for as long as it takes. */
export class SessionWriter {
  readonly #store: FileStore;
  readonly #onWritten: (folder: NamespaceFolder, fileName: string) => void;
  readonly #whole: WholeLogWriter;
  /** Listing reads each of ten thousand logs once; it is those that are written to that come again. */
  readonly #memory = new LogMemory();

  /** @param onWritten called after each commit, and each removal */
  constructor(store: FileStore, onWritten: (folder: NamespaceFolder, fileName: string) => void) {
    this.#store = store;
    this.#onWritten = onWritten;
    this.#whole = new WholeLogWriter(store, onWritten);
  }

  mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    return this.#locked(key, options, async (place) => {
      const opened =
        this.#resume(place) ?? this.#store.openSession(place.folder, place.fileName, "write", key.id);
      const open = opened instanceof Promise ? await opened : opened;
      if (open === null) {
        const commit = decide(null);
        if (commit === null) throw new Error("decide() must create the session or throw when there is none");
        await this.#whole.create(place, commit);
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
    const file = await this.#whole.stage(folder);
    try {
      const rewriter = this.#whole.rewriter(key, file, folder.path);
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
          await this.#whole.publish(place, file, open);
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
      const names = this.#store.settings.isDurable ? FolderNames.open(folder.path) : null;
      try {
        const { wasThere, aside } = unlinkSession(key, folder, fileName);
        if (wasThere) {
          removeEmptyFolders([folder.stagingPath]);
          this.#onWritten(folder, fileName);
          await names?.syncAfter(`Session ${JSON.stringify(key.id)} was deleted`);
        }
        // Last: were the session to stay, or to come back after a power cut, it would lack what was set aside from it.
        await removeSetAside(folder, aside, this.#store.settings.isDurable).catch((error: unknown) => {
          throw asideStays(key, folder, error);
        });
        return wasThere;
      } finally {
        names?.close();
      }
    });
  }

  /** Writes a session's log anew from what is live in it. The caller holds its lock, and has set aside what must be kept besides. */
  async rewrite(key: SessionKey, { source, state }: OpenSession): Promise<void> {
    const { head } = state;
    const commit: Commit = { head, headChanged: true, keep: head.messageCount, entries: [], operation: null };
    await this.#whole.rewrite(this.#place(key), { source, state: { ...state, isTorn: false } }, commit);
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

  /** Null when there was no commit of this store to the log, or it is not as the last one left it. */
  #resume({ key, folder, fileName, path }: WritePlace): ResumedSession | null {
    const before = this.#memory.of(path);
    if (before === null) return null;
    const file = OpenFile.reopen(path, before.footer.size, (fd) => isAsLeft(fd, before));
    if (file === null) return null;
    return {
      source: this.#store.sourceOf(file, folder, fileName, key.id),
      state: resumedState(before),
      before,
    };
  }

  /** Null when there is nothing to wait for. */
  #commit(place: WritePlace, open: ResumedSession, commit: Commit): Promise<void> | null {
    const { source, state } = open;
    const { scan } = state;
    assertWritableDepth(commit, source.maxDepth);
    const replacesAll = commit.keep === 0 && state.head.messageCount > 0;
    if (replacesAll || scan?.countsFit === false) return this.#whole.rewrite(place, open, commit);
    const operations = scan === null ? [] : scan.operations.slice(-REMEMBERED_OPERATIONS);
    const plan = planAppend(source, state, commit, operations);
    if (isMostlyHistory(plan)) return this.#whole.rewrite(place, open, commit);
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
      this.#memory.keep(place.path, last);
      this.#onWritten(place.folder, place.fileName);
    };
    if (flushed !== null) return flushed.then(keep);
    keep();
    return null;
  }
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
