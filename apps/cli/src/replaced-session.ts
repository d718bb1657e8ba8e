import { isDeepStrictEqual } from "node:util";
import type { SessionHead } from "@agent-sessions/core";

/** A session in whose place another one was put. */
export interface ReplacedSession {
  readonly id: string;
  readonly path: string;
  /** How many it held. */
  readonly messagesBefore: number;
  readonly messagesAfter: number;
  /** What of its head is another now, besides messages, usage and times. */
  readonly changed: readonly ReplaceableField[];
  /** It was changed later than the one that took its place. */
  readonly wasNewer: boolean;
}

const REPLACEABLE = ["title", "labels", "metadata", "state", "pinned", "archived", "parent"] as const;
export type ReplaceableField = (typeof REPLACEABLE)[number];

/** What putting `after` in the place of `before` took away. */
export function replacement(path: string, before: SessionHead, after: SessionHead): ReplacedSession {
  return {
    id: after.id,
    path,
    messagesBefore: before.messageCount,
    messagesAfter: after.messageCount,
    changed: REPLACEABLE.filter((name) => !isDeepStrictEqual(before[name], after[name])),
    wasNewer: before.updatedAt > after.updatedAt,
  };
}
