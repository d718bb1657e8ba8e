import type {
  Entry,
  JsonObject,
  Metadata,
  SessionHead,
  SessionSnapshot,
  UsageInput,
} from "@agent-sessions/core";
import {
  checkSessionId,
  findPreview,
  hasControlCharacters,
  normaliseJson,
  normaliseJsonObject,
} from "@agent-sessions/core/backend";
import { EntryClock } from "./foreign-time.js";
import { keepable } from "./foreign-value.js";
import type { SessionDates } from "./session-dates.js";

/** What a foreign session says about itself; everything else takes its default. */
export interface SnapshotFields extends Pick<SessionDates, "createdAt" | "updatedAt"> {
  readonly id: string;
  readonly title?: string | undefined;
  /** Facts that are undefined are left out. */
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly usage?: UsageInput;
  readonly pinned?: boolean | undefined;
  readonly archived?: boolean | undefined;
  /** The session that it was forked from, or that started it. How many messages were copied, no tool says. */
  readonly parentId?: string | null | undefined;
  readonly state: JsonObject;
}

/** One message with its own time, if it has one. */
export interface TimedMessage {
  readonly at: string | null;
  readonly message: JsonObject;
}

/** The longest title, in UTF-16 code units: at most three bytes each. */
const MAX_TITLE = 1365;

/**
 * A snapshot as `store.restore` takes it, at revision 1 in the default namespace.
 *
 * @throws {InvalidInputError} INVALID_SESSION_ID or INVALID_VALUE for what no store can hold, such as nesting beyond 500 levels
 * @throws {MalformedFileError} for nesting that is deeper still
 */
export function newSnapshot(
  fields: SnapshotFields,
  messages: readonly TimedMessage[],
): SessionSnapshot<JsonObject> {
  const clock = new EntryClock(fields.createdAt);
  const entries = messages.map(({ at, message }, index): Entry<JsonObject> => {
    return { seq: index + 1, at: clock.at(at), message: storable(message, `messages[${index}]`) };
  });
  const preview = findPreview(entries.map(({ message }) => message))?.preview ?? "";
  return { head: newHead(fields, entries.length, preview), entries };
}

/** A message as every store holds it. @throws as {@link newSnapshot} */
export function storable(message: JsonObject, path: string): JsonObject {
  return normaliseJsonObject(keepable(message), path);
}

/** The head alone, for sessions whose entries are streamed. @throws as {@link newSnapshot} */
export function newHead(fields: SnapshotFields, messageCount: number, preview: string): SessionHead {
  const title = oneLine(fields.title ?? "");
  const keepsTitle = title !== (fields.title ?? "") && !Object.hasOwn(fields.state, "title");
  const state = keepsTitle ? { ...fields.state, title: fields.title } : fields.state;
  return {
    id: checkSessionId(fields.id),
    namespace: "",
    title,
    preview,
    labels: [],
    metadata: normaliseJson(fields.metadata, "metadata") as Metadata,
    pinned: fields.pinned ?? false,
    archived: fields.archived ?? false,
    parent:
      typeof fields.parentId === "string" && fields.parentId !== ""
        ? { id: checkSessionId(fields.parentId, "parent.id"), messageCount: 0 }
        : null,
    usage: { inputTokens: 0, outputTokens: 0, ...fields.usage },
    messageCount,
    revision: 1,
    createdAt: fields.createdAt,
    updatedAt: fields.updatedAt,
    state: normaliseJsonObject(keepable(state), "state"),
  };
}

/** A title of one line, without control characters. */
export function oneLine(text: string): string {
  const line = hasControlCharacters(text) ? text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim() : text;
  return line.slice(0, MAX_TITLE).toWellFormed();
}

/** `source`, and `fileStem` where the file is not named after the session. */
export function sourceFacts(
  source: string,
  id: string,
  stem: string,
): { readonly source: string; readonly fileStem?: string } {
  return { source, ...(stem === id ? {} : { fileStem: stem }) };
}
