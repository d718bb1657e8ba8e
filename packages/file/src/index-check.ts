/** The prime of FNV-1a. */
const PRIME = 0x01000193;
/** Folds the upper half of a hash into the lower: multiplying alone never lets a higher bit change a lower one. */
const FOLD = 15;
/** So many words a call: V8 compiles a function that is called often once, and one that runs long in the middle and then again. */
const WORDS_PER_CALL = 512;

/**
 * A hash of 32 bits, taken four bytes at a time, as the machine orders them: that of an index that comes from another kind of machine does not
 * hold, and the index is made again. A change within four bytes always changes it. An index of a hundred sessions is checked before
 * this code is compiled; a CRC-32 would take four times as many steps, or `node:zlib`, which takes longer to load than the check.
 */
export function indexCheck(bytes: Uint8Array): number {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  let hash = bytes.length;
  for (let from = 0; from < words.length; from += WORDS_PER_CALL)
    hash = hashOn(hash, words.subarray(from, from + WORDS_PER_CALL));
  return hash >>> 0;
}

function hashOn(before: number, words: Int32Array): number {
  let hash = before;
  for (let at = 0; at < words.length; at++) {
    hash = Math.imul(hash ^ (words[at] as number), PRIME);
    hash ^= hash >>> FOLD;
  }
  return hash;
}
