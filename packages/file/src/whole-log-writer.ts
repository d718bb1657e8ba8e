import { SessionAlreadyExistsError, type SessionStoreError, StoreIoError } from "@agent-sessions/core";
import type { Commit, SessionKey } from "@agent-sessions/core/backend";
import type { FileStore, OpenSession } from "./file-store.js";
import { headerFields, REMEMBERED_OPERATIONS } from "./log-record.js";
import { type Carried, LogRewriter, NOTHING_CARRIED } from "./log-rewriter.js";
import { readWhole, rememberedOperations } from "./log-state.js";
import { LogTranscript } from "./log-transcript.js";
import { errorCode } from "./open-file.js";
import { assertWritableDepth } from "./record-depth.js";
import type { NamespaceFolder } from "./session-place.js";
import { setAside } from "./set-aside.js";
import { StagedFile, sweepLeftovers } from "./staged-file.js";

/** Where one write happens; its session is locked. */
export interface WritePlace {
  readonly key: SessionKey;
  readonly folder: NamespaceFolder;
  readonly fileName: string;
  readonly path: string;
  /** Made for the session's lock; their names are to be made durable with the session's. */
  madeFolders: readonly string[];
  /** Set once the session is known to exist. */
  isThere: boolean;
}

/** Writes logs as whole new files, which take their places when they are complete. */
export class WholeLogWriter {
  readonly #store: FileStore;
  readonly #onWritten: (folder: NamespaceFolder, fileName: string) => void;

  /** Folders in which this store has looked already for what dead writers left. */
  readonly #swept = new WeakSet<NamespaceFolder>();

  /** @param onWritten called after each file that has taken its place */
  constructor(store: FileStore, onWritten: (folder: NamespaceFolder, fileName: string) => void) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  async create(place: WritePlace, commit: Commit): Promise<void> {
    assertWritableDepth(commit, this.#store.settings.maxDepth);
    const file = await this.stage(place.folder);
    try {
      const rewriter = this.rewriter(place.key, file, place.path);
      rewriter.begin(headerFields(place.key, commit.head.createdAt));
      for (const { at, message } of commit.entries) rewriter.add({ at, message });
      rewriter.finish(commit.head, NOTHING_CARRIED, commit.operation);
      await this.publish(place, file, null);
    } finally {
      file.discard();
    }
  }

  /** One commit as a whole new file: what stays of the old log, and what is new. */
  async rewrite(place: WritePlace, open: OpenSession, commit: Commit): Promise<void> {
    const { source, state } = open;
    const file = await this.stage(place.folder);
    try {
      const rewriter = this.rewriter(place.key, file, place.path);
      rewriter.begin(state.header.fields);
      const kept = { first: 1, last: commit.keep, order: "asc" } as const;
      for await (const batch of new LogTranscript(source, state).readPlaced(kept)) {
        for (const { at, fields } of batch) rewriter.add({ ...fields, at });
      }
      for (const { at, message } of commit.entries) rewriter.add({ at, message });
      rewriter.finish(commit.head, await carriedFrom(open), commit.operation);
      await this.publish(place, file, open);
    } finally {
      file.discard();
    }
  }

  /** @param replaced what the file takes the place of; of its torn end nothing is in the new file, so it is set aside first */
  async publish(place: WritePlace, file: StagedFile, replaced: OpenSession | null): Promise<void> {
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

  /** @param path of the session's file, or of its folder, for messages */
  rewriter(key: SessionKey, file: StagedFile, path: string): LogRewriter {
    const { codec, maxRecordBytes } = this.#store.settings;
    const refusal = (bytes: number): Error => tooLarge(key, path, bytes, maxRecordBytes);
    return new LogRewriter(codec, file, { bytes: maxRecordBytes, refusal });
  }

  async stage(folder: NamespaceFolder): Promise<StagedFile> {
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

export function tooLarge(key: SessionKey, path: string, bytes: number, limit: number): SessionStoreError {
  return new StoreIoError(
    `A record of ${bytes} bytes to session ${JSON.stringify(key.id)} is larger than maxRecordBytes (${limit}) allows. Append it in smaller parts, or raise the option.`,
    { sessionId: key.id, location: path },
  );
}
