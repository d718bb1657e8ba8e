import { InvalidInputError } from "./errors.js";
import {
  checkBoolean,
  checkCount,
  checkLabels,
  checkMetadata,
  checkOperationId,
  checkParent,
  checkPreview,
  checkTime,
  checkTitle,
  checkUsage,
} from "./head-fields.js";
import { type JsonObject, type JsonValue, normaliseJsonObject } from "./json-value.js";
import { checkMessages, checkState, jsonOf } from "./payload-schema.js";
import type { Metadata, ParentLink, SessionHead, Usage } from "./session.js";
import { checkSessionId } from "./session-id.js";
import type { StandardSchemaV1 } from "./standard-schema.js";
import { parseAssignments, parsePath } from "./state-path.js";
import { checkKnownKeys } from "./store-options.js";
import { whenReady } from "./thenable.js";

/** Schemas as the rules below use them, whatever types they promise to the caller. */
export interface PayloadSchemas {
  readonly message: StandardSchemaV1 | undefined;
  readonly state: StandardSchemaV1 | undefined;
}

/** The head fields that a caller set, checked; the ones left out are undefined. */
export interface CheckedFields {
  readonly title: string | undefined;
  readonly preview: string | undefined;
  readonly labels: readonly string[] | undefined;
  readonly metadata: Metadata | undefined;
  readonly pinned: boolean | undefined;
  readonly archived: boolean | undefined;
  readonly parent: ParentLink | null | undefined;
  readonly usage: Usage | undefined;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly state: JsonObject | undefined;
}

export interface CheckedContent {
  readonly fields: CheckedFields;
  readonly messages: readonly JsonObject[];
}

const FIELD_KEYS = [
  "title",
  "preview",
  "labels",
  "metadata",
  "pinned",
  "archived",
  "parent",
  "usage",
  "createdAt",
  "updatedAt",
  "state",
] as const;

/** The id that a new session asks for. */
export function checkInitId(init: unknown): string | undefined {
  return ifGiven(initOf(init)["id"], (id) => checkSessionId(id));
}

/** All else of a new session. */
export async function checkInit(init: unknown, schemas: PayloadSchemas): Promise<CheckedContent> {
  const given = initOf(init);
  const fields = checkFields(given, schemas);
  const messages = await checkMessages(ifGiven(given["messages"], asArray) ?? [], schemas.message);
  return { fields, messages };
}

function initOf(init: unknown): Record<string, unknown> {
  const given = init ?? {};
  checkKnownKeys(given, ["id", "messages", ...FIELD_KEYS], "INVALID_VALUE", "the new session", "init");
  return given;
}

export async function checkContent(content: unknown, schemas: PayloadSchemas): Promise<CheckedContent> {
  checkKnownKeys(content, ["messages", ...FIELD_KEYS], "INVALID_VALUE", "the session's content", "content");
  const fields = checkFields(content, schemas);
  return { fields, messages: await checkMessages(asArray(content["messages"]), schemas.message) };
}

export interface CheckedAppend {
  readonly messages: readonly JsonObject[];
  /** What an operation is recognised by: the messages as they were passed in. A schema may make something else of them every time. */
  readonly identity: readonly JsonObject[];
  readonly usage: Usage | undefined;
  readonly operationId: string | undefined;
  readonly createIfMissing: boolean;
  readonly replaceFrom: number | undefined;
  readonly expectedRevision: number | undefined;
}

const APPEND_OPTIONS = [
  "expectedRevision",
  "usage",
  "operationId",
  "createIfMissing",
  "replaceFrom",
] as const;

/** At once, unless a schema answers later. */
export function checkAppend(
  messages: unknown,
  options: unknown,
  schemas: PayloadSchemas,
): CheckedAppend | Promise<CheckedAppend> {
  const given = options ?? {};
  checkKnownKeys(given, APPEND_OPTIONS, "INVALID_OPTIONS", "the options of append", "options");
  const usage = ifGiven(given["usage"], checkUsage);
  const operationId = ifGiven(given["operationId"], checkOperationId);
  const createIfMissing =
    ifGiven(given["createIfMissing"], (value) => checkBoolean(value, "createIfMissing")) ?? false;
  const replaceFrom = ifGiven(given["replaceFrom"], (value) =>
    checkCount(value, "replaceFrom", 1, "INVALID_QUERY"),
  );
  const expectedRevision = checkExpectedRevision(given["expectedRevision"]);
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [messages];
  const input = operationId === undefined || schemas.message === undefined ? null : list.map(jsonOf);
  return whenReady(checkMessages(list, schemas.message), (checked) => ({
    messages: checked,
    identity: input === null ? checked : checked.map((message, index) => input[index] ?? message),
    usage,
    operationId,
    createIfMissing,
    replaceFrom,
    expectedRevision,
  }));
}

/** The `expectedRevision` of write options, checked. */
export function checkWriteOptions(options: unknown, what: string): number | undefined {
  const given = options ?? {};
  checkKnownKeys(given, ["expectedRevision"], "INVALID_OPTIONS", `the options of ${what}`, "options");
  return checkExpectedRevision(given["expectedRevision"]);
}

/** A change of a head, checked; `state` still has to pass its schema once `set` and `unset` have been applied. */
export interface CheckedChange {
  readonly title: string | undefined;
  readonly labels: readonly string[] | undefined;
  readonly metadata: Metadata | undefined;
  readonly pinned: boolean | undefined;
  readonly archived: boolean | undefined;
  readonly state: JsonObject | undefined;
  readonly set: readonly (readonly [path: readonly string[], value: JsonValue])[];
  readonly unset: readonly (readonly string[])[];
}

export function checkChange(change: unknown): CheckedChange {
  const known = ["title", "labels", "metadata", "pinned", "archived", "state", "set", "unset"];
  checkKnownKeys(change, known, "INVALID_VALUE", "the change", "change");
  const { unset } = change;
  if (unset !== undefined && !Array.isArray(unset)) {
    throw new InvalidInputError("INVALID_VALUE", "unset must be an array of paths.", { path: "unset" });
  }
  return {
    title: ifGiven(change["title"], checkTitle),
    labels: ifGiven(change["labels"], checkLabels),
    metadata: ifGiven(change["metadata"], (value) => checkMetadata(value)),
    pinned: ifGiven(change["pinned"], (value) => checkBoolean(value, "pinned")),
    archived: ifGiven(change["archived"], (value) => checkBoolean(value, "archived")),
    state: ifGiven(change["state"], (value) => normaliseJsonObject(value, "state")),
    set: ifGiven(change["set"], parseAssignments) ?? [],
    unset: ((unset ?? []) as unknown[]).map((path, index) => parsePath(path, `unset[${index}]`)),
  };
}

/** The head of a snapshot, checked whole: nothing is filled in. The namespace it came from is ignored. */
export function checkSnapshotHead(head: unknown): SessionHead {
  const known = ["id", "namespace", "messageCount", "revision", "messages", ...FIELD_KEYS];
  checkKnownKeys(head, known, "INVALID_VALUE", "the snapshot's head", "head");
  for (const key of FIELD_KEYS) {
    if (head[key] === undefined) {
      throw new InvalidInputError(
        "INVALID_VALUE",
        `head.${key} is missing; a snapshot's head must be complete.`,
        { path: `head.${key}` },
      );
    }
  }
  return {
    id: checkSessionId(head["id"], "head.id"),
    namespace: "",
    title: checkTitle(head["title"]),
    preview: checkPreview(head["preview"]),
    labels: checkLabels(head["labels"]),
    metadata: checkMetadata(head["metadata"]),
    pinned: checkBoolean(head["pinned"], "pinned"),
    archived: checkBoolean(head["archived"], "archived"),
    parent: checkParent(head["parent"]),
    usage: checkUsage(head["usage"]),
    messageCount: checkCount(head["messageCount"], "head.messageCount", 0),
    revision: checkCount(head["revision"], "head.revision", 1),
    createdAt: checkTime(head["createdAt"], "head.createdAt"),
    updatedAt: checkTime(head["updatedAt"], "head.updatedAt"),
    state: normaliseJsonObject(head["state"], "head.state"),
  };
}

function checkFields(given: Record<string, unknown>, schemas: PayloadSchemas): CheckedFields {
  return {
    title: ifGiven(given["title"], checkTitle),
    preview: ifGiven(given["preview"], checkPreview),
    labels: ifGiven(given["labels"], checkLabels),
    metadata: ifGiven(given["metadata"], (value) => checkMetadata(value)),
    pinned: ifGiven(given["pinned"], (value) => checkBoolean(value, "pinned")),
    archived: ifGiven(given["archived"], (value) => checkBoolean(value, "archived")),
    parent: ifGiven(given["parent"], checkParent),
    usage: ifGiven(given["usage"], checkUsage),
    createdAt: ifGiven(given["createdAt"], (value) => checkTime(value, "createdAt")),
    updatedAt: ifGiven(given["updatedAt"], (value) => checkTime(value, "updatedAt")),
    state: ifGiven(given["state"], (value) => checkState(value, schemas.state)),
  };
}

function ifGiven<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(value);
}

function checkExpectedRevision(value: unknown): number | undefined {
  return value === undefined ? undefined : checkCount(value, "expectedRevision", 0, "INVALID_OPTIONS");
}

function asArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new InvalidInputError("INVALID_VALUE", "messages must be an array of JSON objects.", {
    path: "messages",
  });
}
