import { copyJson } from "./json-value.js";
import type { SessionSummary } from "./session.js";

/** The summary in a head (or in anything that holds one): the caller's own copy, without state and internals. */
export function toSummary(head: SessionSummary): SessionSummary {
  return {
    id: head.id,
    namespace: head.namespace,
    title: head.title,
    preview: head.preview,
    labels: [...head.labels],
    metadata: copyJson(head.metadata),
    pinned: head.pinned,
    archived: head.archived,
    parent: head.parent === null ? null : { ...head.parent },
    usage: copyJson(head.usage),
    messageCount: head.messageCount,
    revision: head.revision,
    createdAt: head.createdAt,
    updatedAt: head.updatedAt,
  };
}
