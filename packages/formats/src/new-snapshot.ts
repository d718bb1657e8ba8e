import type { Entry, JsonObject, Metadata, SessionSnapshot, UsageInput } from "@agent-sessions/core";
import {
  checkSessionId,
  findPreview,
  normaliseJson,
  normaliseJsonObject,
} from "@agent-sessions/core/backend";

/** What a foreign session says about itself; everything else takes its default. */
export interface SnapshotFields {
  readonly id: string;
  readonly title?: string;
  readonly metadata: Metadata;
  readonly usage?: UsageInput;
  readonly state: JsonObject;
  /** ISO 8601, UTC, milliseconds; so is `updatedAt`. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One message with its time. */
export type TimedMessage = Pick<Entry<JsonObject>, "at" | "message">;

/**
 * A snapshot as `store.restore` takes it, at revision 1 in the default namespace.
 *
 * @throws {InvalidInputError} INVALID_SESSION_ID or INVALID_VALUE for what no store can hold, such as a lone surrogate
 */
export function newSnapshot(
  fields: SnapshotFields,
  messages: readonly TimedMessage[],
): SessionSnapshot<JsonObject> {
  const entries = messages.map(({ at, message }, index): Entry<JsonObject> => {
    return { seq: index + 1, at, message: normaliseJsonObject(message, `messages[${index}]`) };
  });
  return {
    head: {
      id: checkSessionId(fields.id),
      namespace: "",
      title: fields.title ?? "",
      preview: findPreview(entries.map(({ message }) => message))?.preview ?? "",
      labels: [],
      metadata: normaliseJson(fields.metadata, "metadata") as Metadata,
      pinned: false,
      archived: false,
      parent: null,
      usage: { inputTokens: 0, outputTokens: 0, ...fields.usage },
      messageCount: entries.length,
      revision: 1,
      createdAt: fields.createdAt,
      updatedAt: fields.updatedAt,
      state: normaliseJsonObject(fields.state, "state"),
    },
    entries,
  };
}
