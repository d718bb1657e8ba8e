/** The basis and the prime for 32 bits. */
const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A text's FNV-1a hash, 32 bits, taken over UTF-16 code units. A change of one unit always changes it. Nothing that somebody must not
 * be able to forge: for that there is SHA-256, which takes `node:crypto`, and that as long to load as all of core.
 *
 * @param basis what to begin with; another one makes it another function
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fnv1a(text: string, basis: number = BASIS): number {
  let hash = basis;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash >>> 0;
}
