import fs from "node:fs";
import { join, resolve } from "node:path";
import { StoreIoError } from "@agent-sessions/core";
import { TimeSlice, text } from "@agent-sessions/core/backend";
import { parseNamespaceFolderName } from "./file-names.js";
import { readLogState } from "./log-state.js";
import { errorCode, OpenFile, reasonOf } from "./open-file.js";
import { DEFAULT_LIMITS } from "./open-file-store.js";
import type { RecordCodec } from "./record-codec.js";
import { NamespaceFolder } from "./session-place.js";
import type { StorageFigures } from "./storage-figures.js";

/** See `storageFiguresWith`. */
export async function countStorage(codec: RecordCodec, path: string): Promise<StorageFigures> {
  const root = resolve(text(path, "path"));
  const tally = { sessions: 0, messages: 0, data: 0, index: 0, free: 0, setAside: 0, other: 0 };
  const slice = new TimeSlice();
  await codec.load?.();
  for (const { path: filePath, size, kind, isSession } of filesIn(root, codec)) {
    tally[kind] += size;
    if (isSession) {
      tally.sessions++;
      tally.messages += await messageCountOf(filePath, codec);
    }
    if (slice.isOver) await slice.pause();
  }
  const { sessions, messages, ...bytes } = tally;
  return { sessions, messages, bytes: { ...bytes, wal: 0 } };
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly kind: "data" | "index" | "free" | "setAside" | "other";
  readonly isSession: boolean;
}

function* filesIn(root: string, codec: RecordCodec): Generator<FoundFile> {
  yield* filesOf(new NamespaceFolder(root, "", codec.extension));
  for (const { name } of entriesOf(root)) {
    const diskName = parseNamespaceFolderName(name);
    if (diskName !== null) yield* filesOf(new NamespaceFolder(root, diskName, codec.extension, name));
  }
}

/** What lies in one namespace's folder; other namespaces' folders are left to themselves. */
function* filesOf(folder: NamespaceFolder): Generator<FoundFile> {
  const isRoot = folder.namespace === "";
  for (const entry of entriesOf(folder.path)) {
    const path = folder.filePath(entry.name);
    if (isRoot && parseNamespaceFolderName(entry.name) !== null) continue;
    if (entry.isDirectory()) {
      const kind = path === folder.stagingPath ? "free" : path === folder.asidePath ? "setAside" : "other";
      yield* everythingIn(path, kind);
      continue;
    }
    const isSession = entry.isFile() && folder.isSessionFile(entry.name);
    const kind = isSession ? "data" : path === folder.indexPath ? "index" : "other";
    yield { path, size: sizeOf(path), kind, isSession };
  }
}

function* everythingIn(path: string, kind: FoundFile["kind"]): Generator<FoundFile> {
  for (const entry of entriesOf(path)) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) yield* everythingIn(inside, kind);
    else yield { path: inside, size: sizeOf(inside), kind, isSession: false };
  }
}

function entriesOf(path: string): fs.Dirent[] {
  try {
    return fs.readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return [];
    const message = `${path} cannot be looked into: ${reasonOf(cause)}. Check its permissions.`;
    throw new StoreIoError(message, { location: path, cause });
  }
}

/** 0 for what went away meanwhile. */
function sizeOf(path: string): number {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** 0 for what cannot be read. */
async function messageCountOf(path: string, codec: RecordCodec): Promise<number> {
  let file: OpenFile | null = null;
  try {
    file = OpenFile.open(path, "read");
    if (file === null) return 0;
    const source = { file, codec, sessionId: path, expected: null, ...DEFAULT_LIMITS };
    return (await readLogState(source)).head.messageCount;
  } catch {
    // verify() says what is wrong with it.
    return 0;
  } finally {
    file?.close();
  }
}
