import fs from "node:fs";
import { resolve } from "node:path";
import {
  type JsonObject,
  type Message,
  type SessionStore,
  StoreIoError,
  type StoreOptions,
} from "@agent-sessions/core";
import {
  checkOptions,
  choice,
  STORE_OPTION_CHECKS,
  storeOver,
  text,
  wholeNumber,
} from "@agent-sessions/core/backend";
import { FileSessionBackend } from "./file-session-backend.js";
import { notAFolder } from "./file-store.js";
import { errorCode, reasonOf } from "./open-file.js";
import type { RecordCodec } from "./record-codec.js";
import { MAX_DEPTH } from "./record-depth.js";

const { S_IFMT, S_IFDIR } = fs.constants;

/** Options of every store that keeps sessions in files. */
export interface FileSessionStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends StoreOptions<M, S> {
  /** The folder; made at the first write. */
  readonly path: string;
  /** `relaxed` acknowledges writes that are not on disk yet: a crash of the machine can lose the last ones. @default "durable" */
  readonly durability?: "durable" | "relaxed" | undefined;
  /** `single-process` locks within this process only, for places where the kernel cannot lock files. @default "kernel" */
  readonly locking?: "kernel" | "single-process" | undefined;
  /**
   * On a network file system (NFS, SMB, …), where a lock of this machine may mean nothing to another, writes reject STORE_IO;
   * `accept` is for a folder that only this machine writes to. Told on Linux, and by `\\server\share` paths on Windows. @default "refuse"
   */
  readonly networkFileSystem?: "refuse" | "accept" | undefined;
  /** The largest commit that is written or read, in bytes. @default 268435456 (256 MiB) */
  readonly maxRecordBytes?: number | undefined;
  /**
   * How many levels of lists and maps may lie in one another in a message, or in the state, the message or state itself being the first.
   * What is deeper is neither written (INVALID_VALUE) nor read (SESSION_CORRUPTED, with its place). @default 500, which is also the most
   */
  readonly maxDepth?: number | undefined;
}

export const DEFAULT_LIMITS: { readonly maxRecordBytes: number; readonly maxDepth: number } = {
  maxRecordBytes: 256 * 1024 * 1024,
  maxDepth: MAX_DEPTH,
};

const CHECKS = {
  ...STORE_OPTION_CHECKS,
  path: text,
  durability: choice("durable", "relaxed"),
  locking: choice("kernel", "single-process"),
  networkFileSystem: choice("refuse", "accept"),
  maxRecordBytes: wholeNumber({ min: 64 * 1024, max: 512 * 1024 * 1024 - 1024 }),
  maxDepth: wholeNumber({ min: 1, max: MAX_DEPTH }),
};

/**
 * Opens a folder of session files in a codec's format. Makes nothing before the first write.
 *
 * @param what the function that was called, for messages
 * @throws {InvalidInputError} INVALID_OPTIONS
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when the path is something else than a folder
 */
export async function openFileSessionStore<M extends object = Message, S extends object = JsonObject>(
  what: string,
  codec: RecordCodec,
  options: FileSessionStoreOptions<M, S>,
): Promise<SessionStore<M, S>> {
  const checked = checkOptions(what, options, CHECKS);
  const root = resolve(text(checked.path, "path"));
  assertFolder(root);
  const backend = new FileSessionBackend({
    root,
    codec,
    isDurable: checked.durability !== "relaxed",
    locking: checked.locking ?? "kernel",
    networkFileSystem: checked.networkFileSystem ?? "refuse",
    maxRecordBytes: checked.maxRecordBytes ?? DEFAULT_LIMITS.maxRecordBytes,
    maxDepth: checked.maxDepth ?? DEFAULT_LIMITS.maxDepth,
  });
  return storeOver<M, S>(backend, checked as StoreOptions<M, S>);
}

function assertFolder(root: string): void {
  let type: number;
  try {
    // Not with throwIfNoEntry: from Node 22 on that hides ENOTDIR as well.
    type = fs.statSync(root).mode & S_IFMT;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw cannotBeOpened(root, error);
  }
  if (type !== S_IFDIR) throw notAFolder(root);
}

function cannotBeOpened(root: string, cause: unknown): Error {
  if (errorCode(cause) === "ENOTDIR") return notAFolder(root, cause);
  return new StoreIoError(`${root} cannot be looked at: ${reasonOf(cause)}`, { cause, location: root });
}
