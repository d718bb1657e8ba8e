import { basename, resolve } from "node:path";
import {
  type Entry,
  type JsonObject,
  type Message,
  SessionConflictError,
  SessionCorruptedError,
  type SessionHead,
  type SessionSnapshot,
  SessionStoreError,
  StoreIoError,
} from "@agent-sessions/core";
import { text } from "@agent-sessions/core/backend";
import type { LogSource } from "./log-source.js";
import { type LogState, readLogState } from "./log-state.js";
import { LogTranscript } from "./log-transcript.js";
import { NotAFileError, OpenFile, reasonOf } from "./open-file.js";
import { DEFAULT_LIMITS } from "./open-file-store.js";
import type { RecordCodec } from "./record-codec.js";

/**
 * Reads one session file, wherever it lies and whatever it is called, without a store around it: a backup, an attachment. The head is
 * read now, the entries when they are iterated; `restore` and `digest` take the result as it is.
 *
 * @throws {StoreIoError} STORE_IO when there is no such file
 * @throws {SessionCorruptedError} SESSION_CORRUPTED
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when it was written by a newer version
 */
export async function readSessionFileWith<M extends object = Message, S extends object = JsonObject>(
  codec: RecordCodec,
  path: string,
): Promise<SessionSnapshot<M, S>> {
  const first = await openLog(codec, text(path, "path"));
  first.source.file.close();
  const { epoch, previewSeq: _previewSeq, extra: _extra, ...head } = first.state.head;
  return {
    // What the types of messages and state are is the caller's word.
    head: head as unknown as SessionHead<S>,
    entries: {
      async *[Symbol.asyncIterator](): AsyncGenerator<Entry<M>, void, undefined> {
        const { source, state } = await openLog(codec, path);
        const transcript = new LogTranscript(source, state);
        try {
          if (state.head.epoch !== epoch || state.head.messageCount < head.messageCount)
            throw changed(head.id, path);
          for await (const batch of transcript.read({ first: 1, last: head.messageCount, order: "asc" })) {
            yield* batch as unknown as Entry<M>[];
          }
        } finally {
          await transcript.close();
        }
      },
    },
  };
}

async function openLog(
  codec: RecordCodec,
  path: string,
): Promise<{ readonly source: LogSource; readonly state: LogState }> {
  const absolute = resolve(path);
  const sessionId = basename(absolute, `.${codec.extension}`);
  let file: OpenFile | null = null;
  try {
    file = OpenFile.open(absolute, "read");
    if (file === null) throw new StoreIoError(`There is no file at ${absolute}.`, { location: absolute });
    const source = { file, codec, sessionId, expected: null, ...DEFAULT_LIMITS };
    return { source, state: await readLogState(source) };
  } catch (error) {
    file?.close();
    if (SessionStoreError.is(error)) throw error;
    if (error instanceof NotAFileError)
      throw new SessionCorruptedError(sessionId, absolute, null, error.message, { cause: error });
    throw new StoreIoError(`${absolute} cannot be read: ${reasonOf(error)}`, {
      cause: error,
      location: absolute,
    });
  }
}

function changed(id: string, path: string): SessionConflictError {
  return new SessionConflictError(id, null, null, {
    location: path,
    message: `The session in ${path} was changed since its head was read. Read the file again.`,
  });
}
