import path from "node:path";
import { type SessionHead, type SessionSnapshot, StoreIoError } from "@agent-sessions/core";
import { abortSignal, checkOptions, choice, text, wholeEntries } from "@agent-sessions/core/backend";
import { createFile, createFolder } from "./new-file.js";
import { checkRedaction, type Redaction } from "./redaction.js";
import { type SessionWriter, UnwritableError, type WritableFormat } from "./session-writer.js";
import { isSystemError } from "./system-error.js";
import { clawJsonlWriter, clawJsonWriter } from "./write-claw.js";
import { clawPortWriter } from "./write-claw-port.js";
import { flowrWriter } from "./write-flowr.js";
import { hermesWebuiWriter } from "./write-hermes-webui.js";
import { htmlWriter } from "./write-html.js";
import { markdownWriter } from "./write-markdown.js";
import { registryReviewWriter } from "./write-registry-review.js";

export interface WriteSessionsOptions {
  /** Whose files are written. */
  readonly format: WritableFormat;
  /** Where to, as that tool has it: its sessions folder; for `hermes-webui` its state directory. Made when it is not there. */
  readonly folder: string;
  /** Takes secrets out of what is written. @default nothing is taken out */
  readonly redaction?: Redaction | undefined;
  /** Ends the writing between two sessions; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of one session. */
export type WriteResult =
  | {
      readonly kind: "written";
      readonly id: string;
      readonly path: string;
      /** What of the session the format has no place for, such as `title` or `state.plan`: it is not in the file. */
      readonly notHeld: readonly string[];
    }
  | {
      readonly kind: "unwritable";
      readonly id: string;
      /** Why, to follow the id: "its message 2 is …". */
      readonly reason: string;
    };

const WRITERS: Readonly<Record<WritableFormat, SessionWriter>> = {
  "claw-json": clawJsonWriter,
  "claw-jsonl": clawJsonlWriter,
  "claw-port": clawPortWriter,
  flowr: flowrWriter,
  "hermes-webui": hermesWebuiWriter,
  html: htmlWriter,
  markdown: markdownWriter,
  "registry-review": registryReviewWriter,
};

/** The formats that `writeSessions` writes. */
export const WRITABLE_FORMATS: readonly WritableFormat[] = Object.keys(WRITERS) as WritableFormat[];

/**
 * Writes sessions as files of another tool, or for people, one by one, and says of each what became of it. A file appears whole or not at all, and none
 * is ever overwritten; a session that the format cannot hold is reported, and the others are written.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for a format that cannot be written and for an unknown option; INVALID_VALUE when the
 * entries of a session are not all that its head counts
 * @throws {StoreIoError} STORE_IO when the folder cannot be written into; and what reading a session throws
 *
 * @example
 * ```ts
 * for await (const result of writeSessions([await snapshotOf(store, id)], { format: "flowr", folder: ".flowr/sessions" })) {
 *   console.log(result.kind === "written" ? result.path : result.reason);
 * }
 * ```
 */
export async function* writeSessions(
  snapshots: AsyncIterable<SessionSnapshot> | Iterable<SessionSnapshot>,
  options: WriteSessionsOptions,
): AsyncGenerator<WriteResult> {
  const { redaction, signal, ...given } = checkOptions("writeSessions", options, CHECKS);
  const writer = WRITERS[CHECKS.format(given.format, "format")];
  const folder = text(given.folder, "folder");
  await writer.prepare?.(folder);
  const written: SessionHead[] = [];
  try {
    for await (const snapshot of redaction?.of(snapshots) ?? snapshots) {
      signal?.throwIfAborted();
      const whole = { [Symbol.asyncIterator]: () => wholeEntries(snapshot) };
      const result = await writeOne(writer, { head: snapshot.head, entries: whole }, folder);
      if (result.kind === "written") written.push(snapshot.head);
      yield result;
    }
  } finally {
    // Sessions that were written belong to the index, even when the caller stops early.
    if (written.length > 0) await writer.finish?.(folder, written);
  }
}

const CHECKS = {
  format: choice(...WRITABLE_FORMATS),
  folder: text,
  redaction: checkRedaction,
  signal: abortSignal,
};

async function writeOne(
  writer: SessionWriter,
  snapshot: SessionSnapshot,
  folder: string,
): Promise<WriteResult> {
  const { id } = snapshot.head;
  try {
    const form = await writer.form(snapshot);
    const target = path.join(folder, form.path);
    if (form.content instanceof Map) await createFolder(target, form.content);
    else await createFile(target, form.content as AsyncIterable<string> | Iterable<string>);
    return { kind: "written", id, path: target, notHeld: form.notHeld };
  } catch (error) {
    if (error instanceof UnwritableError) return { kind: "unwritable", id, reason: error.message };
    if (!isSystemError(error)) throw error;
    const problem = `${folder} cannot be written into: ${error.message}. Check the path, its permissions and the space on the disk.`;
    throw new StoreIoError(problem, { location: folder, cause: error });
  }
}
