import { InvalidInputError } from "./errors.js";
import { type JsonObject, normaliseJsonObject } from "./json-value.js";
import type { SchemaResult, StandardSchemaV1 } from "./standard-schema.js";
import { abandon, isThenable } from "./thenable.js";

/**
 * Checks messages against the schema (its output is what is stored) and then against JSON. Each message is read at the call, unless
 * the schema itself answers later. What the schema throws passes through.
 */
export function checkMessages(
  messages: readonly unknown[],
  schema: StandardSchemaV1 | undefined,
): JsonObject[] | Promise<JsonObject[]> {
  if (schema !== undefined) return checkBySchema(messages, schema);
  const checked: JsonObject[] = [];
  for (let index = 0; index < messages.length; index++) {
    checked.push(normaliseJsonObject(messages[index], `messages[${index}]`));
  }
  return checked;
}

async function checkBySchema(messages: readonly unknown[], schema: StandardSchemaV1): Promise<JsonObject[]> {
  const checked: (JsonObject | Promise<JsonObject>)[] = [];
  for (const [index, message] of messages.entries()) {
    try {
      checked.push(checkMessage(message, `messages[${index}]`, schema));
    } catch (error) {
      // Together with those that the schema still works on, so that none of them is left without a handler.
      checked.push(Promise.reject(error));
      break;
    }
  }
  return await Promise.all(checked);
}

function checkMessage(
  message: unknown,
  path: string,
  schema: StandardSchemaV1,
): JsonObject | Promise<JsonObject> {
  const take = (result: SchemaResult<unknown>): JsonObject =>
    normaliseJsonObject(outputOf(result, path), path);
  const result = schema["~standard"].validate(message);
  return isThenable(result) ? Promise.resolve(result).then(take) : take(result);
}

/** A message before its schema sees it, as JSON; null when it is none: a schema may make JSON of dates, maps and the like. */
export function jsonOf(message: unknown): JsonObject | null {
  try {
    return normaliseJsonObject(message, "message");
  } catch {
    // What is wrong with it is the schema's to say.
    return null;
  }
}

/** The state of a session that is made without one: what the schema makes of `{}`. */
export function initialState(schema: StandardSchemaV1 | undefined): JsonObject {
  return schema === undefined ? {} : checkState({}, schema, REFUSED_AT_FIRST);
}

const REFUSED_AT_FIRST =
  " A session that is made without a state begins with {}: make it by create() or save() with a state, or give the schema defaults.";

/** Checks a state document. Its schema must answer synchronously, because `update` decides under the session's lock. */
export function checkState(
  state: unknown,
  schema: StandardSchemaV1 | undefined,
  whatToDo: string = "",
): JsonObject {
  if (schema === undefined) return normaliseJsonObject(state, "state");
  const result = schema["~standard"].validate(state);
  if (isThenable(result)) {
    abandon(result);
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      "The schema for `state` answers asynchronously; use one that validates synchronously.",
      { path: "schema.state" },
    );
  }
  return normaliseJsonObject(outputOf(result, "state", whatToDo), "state");
}

function outputOf(result: SchemaResult<unknown>, path: string, whatToDo: string = ""): unknown {
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const keys = issue?.path?.map((part) => String(typeof part === "object" ? part.key : part)) ?? [];
  const where = [path, ...keys].join(".");
  throw new InvalidInputError(
    "INVALID_VALUE",
    `${where} does not fit the store's schema: ${issue?.message ?? "no reason given"}.${whatToDo}`,
    { path: where },
  );
}
