import type { JsonObject, JsonValue } from "./json-value.js";

/**
 * One message of a transcript: the default shape. Any JSON object is kept whole, with all its fields and their order. Messages of an
 * interface of your own need it as the store's type parameter, as in `openStore<ChatMessage>(url)`.
 */
export interface Message {
  role?: string | undefined;
  content?: JsonValue | undefined;
  [key: string]: JsonValue | undefined;
}

/** Token and other counters. Whole numbers, never negative; at most 64, their names at most 64 UTF-8 bytes each. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly [counter: string]: number;
}

/** Small filterable facts about a session: flat, at most 16 KiB as JSON. */
export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

/** Where a fork came from: the session and how many of its messages were copied. */
export interface ParentLink {
  readonly id: string;
  readonly messageCount: number;
}

/** What a list row shows: small by construction, without state and transcript. */
export interface SessionSummary {
  readonly id: string;
  /** The tenant the session belongs to; the default one is "". */
  readonly namespace: string;
  /** "" when never set; no control characters. */
  readonly title: string;
  /** The first user text, at most 200 characters. */
  readonly preview: string;
  /** A set: sorted by code point, unique, non-empty. */
  readonly labels: readonly string[];
  readonly metadata: Metadata;
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly parent: ParentLink | null;
  /** What this session itself spent; a fork starts at zero, so that totals never count a token twice. */
  readonly usage: Usage;
  readonly messageCount: number;
  /** 1 at creation, + 1 for each committed change. */
  readonly revision: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly createdAt: string;
  /** The last change of messages, usage or state; housekeeping leaves it. ISO 8601, UTC, milliseconds. */
  readonly updatedAt: string;
}

/** A summary with the session's one free JSON document. */
export interface SessionHead<S extends object = JsonObject> extends SessionSummary {
  readonly state: S;
}

/** A head with the whole transcript. */
export interface Session<M extends object = Message, S extends object = JsonObject> extends SessionHead<S> {
  readonly messages: readonly M[];
}

/** One message with its position and its time. */
export interface Entry<M extends object = Message> {
  /** Position, counted from 1 without holes: the last entry's `seq` equals `messageCount`. */
  readonly seq: number;
  /**
   * When it was appended; ISO 8601, UTC, milliseconds. Never goes backwards within a session, but for what `restore` was given: it keeps
   * every time as it is, and what is appended later is at the session's `updatedAt` at the earliest.
   */
  readonly at: string;
  readonly message: M;
}
