import { type JsonObject, SessionCorruptedError, type SessionSummary } from "@agent-sessions/core";
import { type SessionKey, type StoredEntry, type StoredHead, toSummary } from "@agent-sessions/core/backend";

/** A head without its state: what a `summary` record holds. */
export type StoredSummary = Omit<StoredHead, "state">;

/** How each field of a `summary` record must look. Anything else in it was written by a newer minor version, and is kept. */
const FIELDS: Readonly<Record<Exclude<keyof StoredSummary, "id" | "namespace" | "extra">, Check>> = {
  title: isText,
  preview: isText,
  labels: Array.isArray,
  metadata: isObject,
  pinned: isFlag,
  archived: isFlag,
  parent: (value) => value === null || isObject(value),
  usage: isObject,
  messageCount: isCount,
  revision: isCount,
  createdAt: isText,
  updatedAt: isText,
  epoch: isText,
  previewSeq: isCount,
};

type Check = (value: unknown) => boolean;

export function encodeSummary(head: StoredHead): string {
  const { id: _id, namespace: _namespace, ...summary } = toSummary(head);
  return JSON.stringify({ ...head.extra, ...summary, epoch: head.epoch, previewSeq: head.previewSeq });
}

/** @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function decodeSummary(key: SessionKey, record: string, location: string): StoredSummary {
  const fields = parseObject(key, record, location, "summary");
  const extra: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    // Defined, because an assignment to "__proto__" would do something else.
    if (!Object.hasOwn(FIELDS, name)) Object.defineProperty(extra, name, { value, ...OWN });
  }
  for (const [name, check] of Object.entries(FIELDS)) {
    if (!check(fields[name])) throw corrupted(key, location, "summary", `${name} is damaged`);
  }
  // Every field was checked above.
  const summary = fields as unknown as Omit<SessionSummary, keyof SessionKey> & Omit<StoredSummary, "extra">;
  return {
    ...toSummary({ ...summary, ...key }),
    epoch: summary.epoch,
    previewSeq: summary.previewSeq,
    extra,
  };
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;

/** @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function decodeState(key: SessionKey, record: string | undefined, location: string): JsonObject {
  return parseObject(key, record, location, "state");
}

export function encodeEntry({ at, message }: StoredEntry): string {
  return JSON.stringify({ at, message });
}

/** @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function decodeEntry(
  key: SessionKey,
  seq: number,
  record: string | undefined,
  location: string,
): StoredEntry {
  const { at, message } = parseObject(key, record, location, `entry ${seq}`);
  if (typeof at === "string" && isObject(message)) return { seq, at, message };
  throw corrupted(key, location, `entry ${seq}`, "no message");
}

/** An operation that was applied, and the fingerprint of its content. */
export type Operation = readonly [id: string, fingerprint: string];

/** Oldest first; none when nothing is remembered. @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function decodeOperations(
  key: SessionKey,
  record: string | undefined,
  location: string,
): readonly Operation[] {
  if (record === undefined) return [];
  const operations = parse(key, record, location, "operations");
  if (Array.isArray(operations)) return operations as readonly Operation[];
  throw corrupted(key, location, "operations", "no list");
}

export function corrupted(
  key: SessionKey,
  location: string,
  position: string,
  reason: string,
): SessionCorruptedError {
  return new SessionCorruptedError(key.id, location, position, reason);
}

function parseObject(
  key: SessionKey,
  record: string | undefined,
  location: string,
  position: string,
): JsonObject {
  if (record === undefined) throw corrupted(key, location, position, "the record is missing");
  const value = parse(key, record, location, position);
  if (isObject(value)) return value;
  throw corrupted(key, location, position, "the record is no object");
}

function parse(key: SessionKey, record: string, location: string, position: string): unknown {
  try {
    return JSON.parse(record);
  } catch (cause) {
    throw new SessionCorruptedError(key.id, location, position, "the record is no JSON", { cause });
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
