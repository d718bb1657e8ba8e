import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { isObject } from "./json-object.js";
import { MalformedFileError } from "./malformed-file-error.js";

/** @throws {MalformedFileError} when the member is missing, or no array */
export function requiredArray(document: JsonObject, key: string): readonly JsonValue[] {
  const value = document[key];
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw new MalformedFileError(`has no array of ${key}`);
}

/** @throws {MalformedFileError} when the member is missing, or no array of objects */
export function requiredObjects(document: JsonObject, key: string): readonly JsonObject[] {
  return requiredArray(document, key).map((item, index) => {
    if (isObject(item)) return item;
    throw new MalformedFileError(`${key}[${index}] is not an object`);
  });
}
