/** Of ISO 3309, as zlib has it; its bits in reverse. */
const POLYNOMIAL = 0xedb88320;

let table: Int32Array | undefined;

/**
 * The CRC-32 of a short text, as `crc32` of `node:zlib` gives it. That module brings all of Node's streams along, which takes longer than
 * everything else that a first look at a session needs; for the few hundred bytes of a footer, this takes as long as the call would.
 */
export function crc32(text: string): number {
  table ??= remainders();
  const bytes = Buffer.from(text);
  let remainder = -1;
  // By number: before it is compiled, an iterator takes half as long again.
  for (let at = 0; at < bytes.length; at++)
    remainder = (table[(remainder ^ (bytes[at] as number)) & 0xff] as number) ^ (remainder >>> 8);
  return ~remainder >>> 0;
}

/** For each value of a byte what it leaves: that of its highest bit, and of the rest, which is known by then. */
function remainders(): Int32Array {
  const found = new Int32Array(256);
  let remainder = 1;
  for (let bit = 128; bit > 0; bit >>>= 1) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    for (let rest = 0; rest < 256; rest += 2 * bit) found[bit + rest] = remainder ^ (found[rest] as number);
  }
  return found;
}
