import { canonicalJson } from "./canonical-json.js";
import {
  InvalidInputError,
  OperationMismatchError,
  SessionAlreadyExistsError,
  SessionConflictError,
  SessionNotFoundError,
} from "./errors.js";
import { addUsage, checkUsage } from "./head-fields.js";
import { isoTime } from "./iso-time.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { nodeCrypto } from "./node-crypto.js";
import { checkState, initialState } from "./payload-schema.js";
import { NO_PREVIEW, previewFor } from "./preview-rule.js";
import type { Usage } from "./session.js";
import type { Commit, CurrentSession, SessionKey, StoredEntry, StoredHead } from "./session-backend.js";
import type {
  CheckedAppend,
  CheckedChange,
  CheckedContent,
  CheckedFields,
  PayloadSchemas,
} from "./session-content.js";
import { setAtPath, unsetAtPath } from "./state-path.js";

/** Where and when a write happens. */
export interface WriteScene {
  readonly key: SessionKey;
  /** Of the store, for messages. */
  readonly location: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A mark for a transcript that nothing has been taken out of since it was made. */
export function newEpoch(): string {
  return nodeCrypto().randomBytes(6).toString("base64url");
}

export function decideCreate(
  current: CurrentSession | null,
  content: CheckedContent,
  schemas: PayloadSchemas,
  scene: WriteScene,
): Commit {
  if (current !== null) throw new SessionAlreadyExistsError(scene.key.id, scene.location);
  return firstCommit(content, schemas, scene, null);
}

export function decideSave(
  current: CurrentSession | null,
  content: CheckedContent,
  expectedRevision: number | undefined,
  schemas: PayloadSchemas,
  scene: WriteScene,
): Commit {
  expectRevision(current, expectedRevision, scene);
  if (current === null) return firstCommit(content, schemas, scene, null);
  const { head } = current;
  const { fields, messages } = content;
  const updatedAt = fields.updatedAt ?? timeAfter(scene, head.updatedAt);
  return {
    head: {
      ...head,
      title: fields.title ?? head.title,
      // A preview that the caller set is a field like the others; one that was taken from a message goes with it.
      ...previewFor(fields.preview, messages, 0, head.previewSeq === 0 ? head : NO_PREVIEW),
      labels: fields.labels ?? head.labels,
      metadata: fields.metadata ?? head.metadata,
      pinned: fields.pinned ?? head.pinned,
      archived: fields.archived ?? head.archived,
      parent: fields.parent === undefined ? head.parent : fields.parent,
      usage: fields.usage ?? head.usage,
      state: fields.state ?? head.state,
      createdAt: fields.createdAt ?? head.createdAt,
      updatedAt,
      messageCount: messages.length,
      revision: head.revision + 1,
      epoch: newEpoch(),
    },
    headChanged: true,
    keep: 0,
    entries: toEntries(messages, 0, updatedAt),
    operation: null,
  };
}

/** The identity of an append's content, for its operation id. */
export function fingerprintOf(append: CheckedAppend): string {
  const content: JsonValue = [append.identity, append.usage ?? null, append.replaceFrom ?? null];
  return nodeCrypto().createHash("sha256").update(canonicalJson(content)).digest("base64url");
}

export function decideAppend(
  current: CurrentSession | null,
  append: CheckedAppend,
  fingerprint: string | null,
  schemas: PayloadSchemas,
  scene: WriteScene,
): Commit | null {
  const operation =
    append.operationId === undefined || fingerprint === null ? null : { id: append.operationId, fingerprint };
  if (current === null) {
    if (!append.createIfMissing)
      throw new SessionNotFoundError(scene.key.id, scene.key.namespace, scene.location);
    expectRevision(null, append.expectedRevision, scene);
    checkPosition(append.replaceFrom, 1, "replaceFrom");
    const fields: CheckedFields = { ...NO_FIELDS, usage: append.usage };
    return firstCommit({ fields, messages: append.messages }, schemas, scene, operation);
  }
  if (operation !== null && current.operationFingerprint !== null) {
    if (current.operationFingerprint === operation.fingerprint) return null;
    throw new OperationMismatchError(scene.key.id, operation.id);
  }
  expectRevision(current, append.expectedRevision, scene);
  const { head } = current;
  checkPosition(append.replaceFrom, head.messageCount + 1, "replaceFrom");
  const keep = append.replaceFrom === undefined ? head.messageCount : append.replaceFrom - 1;
  const usage = append.usage === undefined ? head.usage : addUsage(head.usage, append.usage);
  if (append.messages.length === 0 && keep === head.messageCount && sameUsage(usage, head.usage)) return null;
  return tailCommit(head, keep, append.messages, { usage, operation }, scene);
}

export function decideTruncate(
  current: CurrentSession | null,
  messageCount: number,
  expectedRevision: number | undefined,
  scene: WriteScene,
): Commit | null {
  const { head } = existing(current, scene);
  expectRevision(current, expectedRevision, scene);
  checkPosition(messageCount, head.messageCount, "messageCount");
  if (messageCount === head.messageCount) return null;
  return tailCommit(head, messageCount, [], { usage: head.usage, operation: null }, scene);
}

export function decideUpdate(
  current: CurrentSession | null,
  change: CheckedChange,
  expectedRevision: number | undefined,
  schemas: PayloadSchemas,
  scene: WriteScene,
): Commit | null {
  const { head } = existing(current, scene);
  expectRevision(current, expectedRevision, scene);
  const state = changedState(head.state, change, schemas);
  const next: StoredHead = {
    ...head,
    title: change.title ?? head.title,
    labels: change.labels ?? head.labels,
    metadata: change.metadata ?? head.metadata,
    pinned: change.pinned ?? head.pinned,
    archived: change.archived ?? head.archived,
    state,
  };
  const stateChanged = state !== head.state && JSON.stringify(state) !== JSON.stringify(head.state);
  if (!stateChanged && housekeepingOf(next) === housekeepingOf(head)) return null;
  return {
    head: {
      ...next,
      revision: head.revision + 1,
      updatedAt: stateChanged ? timeAfter(scene, head.updatedAt) : head.updatedAt,
    },
    headChanged: true,
    keep: head.messageCount,
    entries: [],
    operation: null,
  };
}

/** @throws {SessionNotFoundError} SESSION_NOT_FOUND */
export function existing(current: CurrentSession | null, scene: WriteScene): CurrentSession {
  if (current === null) throw new SessionNotFoundError(scene.key.id, scene.key.namespace, scene.location);
  return current;
}

/** @throws {SessionConflictError} SESSION_CONFLICT unless the session is at `expected` (0: does not exist; undefined: any) */
export function expectRevision(
  current: { readonly head: { readonly revision: number } } | null,
  expected: number | undefined,
  scene: WriteScene,
): void {
  const actual = current === null ? 0 : current.head.revision;
  if (expected !== undefined && expected !== actual) {
    throw new SessionConflictError(scene.key.id, expected, actual, { location: scene.location });
  }
}

/** @throws {InvalidInputError} INVALID_QUERY for a position beyond `max` */
export function checkPosition(position: number | undefined, max: number, path: string): void {
  if (position === undefined || position <= max) return;
  throw new InvalidInputError(
    "INVALID_QUERY",
    `${path} is ${position}, beyond the end of the transcript (at most ${max} here); nothing was changed.`,
    { path },
  );
}

/** Now, or `floor` when the clock went back: times never go backwards within a session. */
export function timeAfter(scene: WriteScene, floor: string): string {
  return laterOf(isoTime(scene.now), floor);
}

/** Times are ASCII, where the order of code units is that of code points. */
function laterOf(a: string, b: string): string {
  return a >= b ? a : b;
}

const NO_FIELDS: CheckedFields = {
  title: undefined,
  preview: undefined,
  labels: undefined,
  metadata: undefined,
  pinned: undefined,
  archived: undefined,
  parent: undefined,
  usage: undefined,
  createdAt: undefined,
  updatedAt: undefined,
  state: undefined,
};

function firstCommit(
  { fields, messages }: CheckedContent,
  schemas: PayloadSchemas,
  scene: WriteScene,
  operation: Commit["operation"],
): Commit {
  const now = isoTime(scene.now);
  const createdAt =
    fields.createdAt ?? (fields.updatedAt !== undefined && fields.updatedAt < now ? fields.updatedAt : now);
  const updatedAt = fields.updatedAt ?? laterOf(createdAt, now);
  return {
    head: {
      id: scene.key.id,
      namespace: scene.key.namespace,
      title: fields.title ?? "",
      ...previewFor(fields.preview, messages, 0, NO_PREVIEW),
      labels: fields.labels ?? [],
      metadata: fields.metadata ?? {},
      pinned: fields.pinned ?? false,
      archived: fields.archived ?? false,
      parent: fields.parent ?? null,
      usage: fields.usage ?? checkUsage({}),
      messageCount: messages.length,
      revision: 1,
      createdAt,
      updatedAt,
      state: fields.state ?? initialState(schemas.state),
      epoch: newEpoch(),
      extra: {},
    },
    headChanged: true,
    keep: 0,
    entries: toEntries(messages, 0, updatedAt),
    operation,
  };
}

/** Keeps the first `keep` entries and adds messages. */
function tailCommit(
  head: StoredHead,
  keep: number,
  messages: readonly JsonObject[],
  change: { readonly usage: Usage; readonly operation: Commit["operation"] },
  scene: WriteScene,
): Commit {
  const updatedAt = timeAfter(scene, head.updatedAt);
  // A preview that was taken from a dropped message, or set for a transcript that is dropped whole, goes with it.
  const isDropped = head.previewSeq > keep || (keep === 0 && head.messageCount > 0);
  const kept = isDropped ? { preview: "", previewSeq: 0 } : head;
  const preview = previewFor(undefined, messages, keep, kept);
  return {
    // Field by field, as every append does it: a spread costs several times as much.
    head: {
      id: head.id,
      namespace: head.namespace,
      title: head.title,
      preview: preview.preview,
      labels: head.labels,
      metadata: head.metadata,
      pinned: head.pinned,
      archived: head.archived,
      parent: head.parent,
      usage: change.usage,
      messageCount: keep + messages.length,
      revision: head.revision + 1,
      createdAt: head.createdAt,
      updatedAt,
      state: head.state,
      epoch: keep < head.messageCount ? newEpoch() : head.epoch,
      previewSeq: preview.previewSeq,
      extra: head.extra,
    },
    headChanged: preview.preview !== head.preview || preview.previewSeq !== head.previewSeq,
    keep,
    entries: toEntries(messages, keep, updatedAt),
    operation: change.operation,
  };
}

function toEntries(messages: readonly JsonObject[], keep: number, at: string): readonly StoredEntry[] {
  return messages.map((message, index) => ({ seq: keep + index + 1, at, message }));
}

function changedState(state: JsonObject, change: CheckedChange, schemas: PayloadSchemas): JsonObject {
  let next = change.state ?? state;
  for (const [path, value] of change.set) next = setAtPath(next, path, value);
  for (const path of change.unset) next = unsetAtPath(next, path);
  return next === state ? state : checkState(next, schemas.state);
}

function housekeepingOf(head: StoredHead): string {
  return canonicalJson([head.title, head.labels, head.metadata, head.pinned, head.archived]);
}

function sameUsage(a: Usage, b: Usage): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
