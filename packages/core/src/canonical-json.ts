import type { JsonValue } from "./json-value.js";

/**
 * One text for each JSON value: keys sorted by UTF-16 code unit, no white space.
 *
 * @see RFC 8785 (JSON Canonicalization Scheme), whose number and string forms are those of `JSON.stringify`
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join(",")}]`;
  const object = value as { readonly [key: string]: JsonValue | undefined };
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}
