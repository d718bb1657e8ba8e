import { InvalidInputError, quote } from "./errors.js";
import { nodeCrypto } from "./node-crypto.js";
import { hasControlCharacters, utf8Length } from "./text.js";

/** The longest id and namespace, in UTF-8 bytes. */
const MAX_ID_BYTES = 512;

/**
 * Any text is an id, `../x`, `CON` and emoji included, as long as it is well-formed, without control characters, and 1 to 512
 * UTF-8 bytes long: backends encode it.
 *
 * @throws {InvalidInputError} INVALID_SESSION_ID
 */
export function checkSessionId(value: unknown, path = "id"): string {
  const problem = value === "" ? "is empty" : problemOf(value);
  if (problem === null) return value as string;
  throw invalidSessionId(value, path, problem);
}

function invalidSessionId(value: unknown, path: string, problem: string): InvalidInputError {
  return new InvalidInputError(
    "INVALID_SESSION_ID",
    `${path} ${problem}. Use 1 to ${MAX_ID_BYTES} UTF-8 bytes of text without control characters.`,
    typeof value === "string" ? { path, sessionId: value.slice(0, MAX_ID_BYTES).toWellFormed() } : { path },
  );
}

/** Like an id, but "" is the default namespace. */
export function checkNamespace(value: unknown): string {
  if (value === "") return value;
  const problem = problemOf(value);
  if (problem === null) return value as string;
  throw new InvalidInputError(
    "INVALID_SESSION_ID",
    `The namespace${typeof value === "string" ? ` ${quote(value.toWellFormed())}` : ""} ${problem}. Use at most ${MAX_ID_BYTES} UTF-8 bytes of text without control characters.`,
    { path: "namespace" },
  );
}

function problemOf(value: unknown): string | null {
  if (typeof value !== "string")
    return value === null ? "is null, not a string" : `is of type ${typeof value}, not a string`;
  // A UTF-16 code unit comes to three bytes at most: most ids need not be measured.
  if (value.length * 3 > MAX_ID_BYTES && utf8Length(value) > MAX_ID_BYTES) return "is too long";
  if (!value.isWellFormed()) return "holds a lone surrogate";
  if (hasControlCharacters(value)) return "holds control characters";
  return null;
}

/**
 * Makes UUIDs of version 7: sortable by creation, URL-safe, unique. Ids from one generator sort in the order they were made, even
 * within a millisecond and when the clock goes back (a 12-bit counter follows the time).
 *
 * @param clock milliseconds since 1970
 * @see RFC 9562, sections 5.7 and 6.2 (method 1)
 */
export function createIdGenerator(clock: () => number): () => string {
  let lastMs = -1;
  let counter = 0;
  return () => {
    const now = Math.max(0, Math.floor(clock()));
    const random = nodeCrypto().randomBytes(10);
    if (now > lastMs) {
      lastMs = now;
      counter = random.readUInt16BE(0) & 0x7ff;
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const time = lastMs.toString(16).padStart(12, "0");
    const tail = random.subarray(2);
    tail.writeUInt8((tail.readUInt8(0) & 0x3f) | 0x80);
    const hex = tail.toString("hex");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${hex.slice(0, 4)}-${hex.slice(4)}`;
  };
}
