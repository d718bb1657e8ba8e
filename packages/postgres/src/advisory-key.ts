import { createHash, randomBytes } from "node:crypto";

/**
 * The number of an advisory lock, as decimal text: 64 bits do not fit a JavaScript number. Names hold no line breaks, so that what is
 * hashed is unambiguous. A collision makes two sessions wait for each other and does no other harm.
 */
export function advisoryKey(...names: readonly string[]): string {
  const digest = createHash("sha256")
    .update(["agent-sessions", ...names].join("\n"))
    .digest();
  return digest.readBigInt64BE(0).toString();
}

/** A number that nobody else has, as decimal text. */
export function randomKey(): string {
  return randomBytes(8).readBigInt64BE(0).toString();
}
