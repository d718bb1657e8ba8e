/**
 * The first half of a text's SHA-256, in 32 hex digits. `node:crypto` is loaded only here: it takes milliseconds, and what is plain needs no
 * hash.
 */
export function shortHash(text: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text, "utf8").digest("hex").slice(0, 32);
}
