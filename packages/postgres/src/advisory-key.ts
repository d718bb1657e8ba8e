import { createHash, randomUUID } from "node:crypto";

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

/**
 * A number that nobody else has, as decimal text: 64 bits of a random UUID, for which Node keeps random bytes in store. To ask the system
 * for eight takes longer than to decide a write.
 */
export function randomKey(): string {
  const id = randomUUID();
  // Neither of the two groups holds the version or the variant.
  return BigInt.asIntN(64, BigInt(`0x${id.slice(0, 8)}${id.slice(-8)}`)).toString();
}
