import fs from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { SessionCorruptedError, SessionStoreError, StoreIncompatibleError } from "@agent-sessions/core";
import type { SessionKey, Wait } from "@agent-sessions/core/backend";
import { sessionFileName } from "./file-names.js";
import { assertLocksHold, type NetworkFileSystem } from "./file-system-kind.js";
import { isHeld, loadKernelLock, type TryLock } from "./kernel-lock.js";
import type { LogSource } from "./log-source.js";
import { type LogState, readLogState } from "./log-state.js";
import { errorCode, NotAFileError, OpenFile } from "./open-file.js";
import { isInProcessQueue } from "./process-queue.js";
import type { RecordCodec } from "./record-codec.js";
import { type HeldLock, type Locking, lockSession, lockSessionIfFree } from "./session-lock.js";
import { NamespaceFolder } from "./session-place.js";

export interface FileStoreSettings {
  /** The store's folder, absolute. */
  readonly root: string;
  readonly codec: RecordCodec;
  readonly isDurable: boolean;
  readonly locking: Locking;
  readonly networkFileSystem: NetworkFileSystem;
  /** A record, and so one commit, may be at most so long, in bytes. */
  readonly maxRecordBytes: number;
  /** Messages and states may be nested so deeply. */
  readonly maxDepth: number;
}

const MAX_FOLDERS = 1024;

/** An open session file and its state. */
export interface OpenSession {
  readonly source: LogSource;
  readonly state: LogState;
}

/** A folder of sessions: where things lie in it, and how its files are opened and locked. */
export class FileStore {
  readonly settings: FileStoreSettings;
  readonly #folders = new Map<string, NamespaceFolder>();
  /** Folders on file systems whose locks hold. */
  readonly #trusted = new WeakSet<NamespaceFolder>();
  #realRoot: string | null = null;

  constructor(settings: FileStoreSettings) {
    this.settings = settings;
  }

  folder(namespace: string): NamespaceFolder {
    const known = this.#folders.get(namespace);
    if (known !== undefined) return known;
    const folder = new NamespaceFolder(this.settings.root, namespace, this.settings.codec.extension);
    // They cost nothing to make again; ten thousand tenants need not be kept.
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.clear();
    this.#folders.set(namespace, folder);
    return folder;
  }

  fileName(key: SessionKey): string {
    return sessionFileName(key.id, this.settings.codec.extension);
  }

  /**
   * Null when there is no such file. The caller closes the file. A promise only where the log has to be read whole.
   *
   * @throws SESSION_CORRUPTED, STORE_INCOMPATIBLE
   */
  openSession(
    folder: NamespaceFolder,
    fileName: string,
    mode: "read" | "write",
    sessionId?: string,
  ): OpenSession | null | Promise<OpenSession> {
    const source = this.openSource(folder, fileName, mode, sessionId);
    if (source === null) return null;
    try {
      const state = readLogState(source);
      return state instanceof Promise ? openOnceRead(source, state) : { source, state };
    } catch (error) {
      source.file.close();
      throw error;
    }
  }

  /** As `openSession`, without reading anything. */
  openSource(
    folder: NamespaceFolder,
    fileName: string,
    mode: "read" | "write",
    sessionId: string = folder.idOf(fileName),
  ): LogSource | null {
    const path = folder.filePath(fileName);
    try {
      const file = OpenFile.open(path, mode);
      return file === null ? null : this.sourceOf(file, folder, fileName, sessionId);
    } catch (error) {
      throw error instanceof NotAFileError ? notAFile(sessionId, path, error) : error;
    }
  }

  /** A session's file that is open. */
  sourceOf(file: OpenFile, folder: NamespaceFolder, fileName: string, sessionId: string): LogSource {
    const { codec, maxRecordBytes, maxDepth } = this.settings;
    const expected = { namespace: folder.namespace, fileName };
    return { file, codec, sessionId, expected, maxRecordBytes, maxDepth };
  }

  /** The session's lock, where taking it needs no waiting; null otherwise, and then `lock` is the one to ask. */
  lockIfFree(folder: NamespaceFolder, fileName: string): HeldLock | null {
    const isPlain = this.settings.locking === "kernel" && this.#trusted.has(folder);
    return isPlain ? lockSessionIfFree(folder, fileName, this.#queueKey(folder, fileName)) : null;
  }

  lock(folder: NamespaceFolder, fileName: string, wait: Wait, sessionId: string): Promise<HeldLock> {
    const { locking, networkFileSystem } = this.settings;
    if (locking === "kernel" && networkFileSystem === "refuse" && !this.#trusted.has(folder)) {
      assertLocksHold(folder.path);
      this.#trusted.add(folder);
    }
    return lockSession(folder, fileName, {
      locking,
      queueKey: this.#queueKey(folder, fileName),
      wait,
      sessionId,
    });
  }

  /** Whether somebody holds the session's lock now, as far as that can be told without making or changing anything. */
  async isLocked(folder: NamespaceFolder, fileName: string): Promise<boolean> {
    if (isInProcessQueue(this.#queueKey(folder, fileName))) return true;
    const tryLock = await this.tryLock().catch(() => null);
    return tryLock !== null && isHeld(folder.lockPath(fileName), tryLock);
  }

  /** The kernel's lock; null when only this process is to be excluded. */
  async tryLock(): Promise<TryLock | null> {
    return this.settings.locking === "kernel" ? await loadKernelLock() : null;
  }

  #queueKey(folder: NamespaceFolder, fileName: string): string {
    // The store's folder by its one real name: what stores of this process take turns by.
    this.#realRoot ??= realPathOf(this.settings.root);
    return `${this.#realRoot}\0${folder.namespace}\0${fileName}`;
  }

  /** What the system answers when a file is where a folder of the store should be, as STORE_INCOMPATIBLE; everything else as it is. */
  async guard<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw this.asStoreError(error);
    }
  }

  /** As `guard`, with a codec that is loaded: not under the session's lock, for that may take longer than anybody should wait. */
  guardWrite<T>(operation: () => Promise<T>): Promise<T> {
    const loading = this.settings.codec.load?.();
    if (loading === undefined) return this.guard(operation);
    return this.guard(async () => {
      await loading;
      return await operation();
    });
  }

  asStoreError(error: unknown): unknown {
    if (errorCode(error) !== "ENOTDIR" || SessionStoreError.is(error)) return error;
    const { root } = this.settings;
    const { path = root } = error as NodeJS.ErrnoException;
    const obstacle = nearestThere(path);
    if (isWithin(root, obstacle)) return notAFolder(root, error);
    // The place of a backup.
    if (!isWithin(obstacle, root)) return error;
    return new StoreIncompatibleError(
      `${obstacle} is a file where the store in ${root} keeps a folder. Move it away.`,
      { location: obstacle, cause: error },
    );
  }
}

async function openOnceRead(source: LogSource, state: Promise<LogState>): Promise<OpenSession> {
  try {
    return { source, state: await state };
  } catch (error) {
    source.file.close();
    throw error;
  }
}

/** The one name of a place, however it was spelt, though it may not exist yet. */
function realPathOf(path: string): string {
  try {
    return fs.realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}

function isWithin(path: string, folder: string): boolean {
  return `${path}${sep}`.startsWith(`${folder}${sep}`);
}

/** The path itself when something is there, else the nearest one above it. */
function nearestThere(path: string): string {
  try {
    fs.lstatSync(path);
    return path;
  } catch {
    return dirname(path) === path ? path : nearestThere(dirname(path));
  }
}

/** Opens a session for as long as `use` takes; null when there is none. */
export async function withSession<T>(
  store: FileStore,
  folder: NamespaceFolder,
  fileName: string,
  use: (open: OpenSession) => Promise<T>,
): Promise<T | null> {
  const open = await store.openSession(folder, fileName, "read");
  if (open === null) return null;
  try {
    return await use(open);
  } finally {
    open.source.file.close();
  }
}

export function notAFolder(path: string, cause?: unknown): StoreIncompatibleError {
  return new StoreIncompatibleError(
    `${path} is no folder of session files. Name a folder, or a place where one can be made; a single session file is read with readSessionFile().`,
    { location: path, cause },
  );
}

function notAFile(sessionId: string, path: string, cause: NotAFileError): SessionCorruptedError {
  return new SessionCorruptedError(
    sessionId,
    path,
    null,
    `${cause.message}; move it away, or delete it by hand`,
    { cause },
  );
}
