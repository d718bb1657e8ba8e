type Crc32 = (data: string | Uint8Array, value?: number) => number;

/** Until so many bytes in all, computing here takes less time than loading `node:zlib`: it runs before it is compiled. */
const MAX_BYTES = 16_000;
/** CRC-32 of ISO 3309, as in zlib: the polynomial, its bits in reverse. */
const POLYNOMIAL = 0xedb88320;

/** `crc32` of `node:zlib`, which is loaded only for whoever needs much of it: with the streams that come along it takes milliseconds. */
export function smallCrc32(load: () => Crc32): Crc32 {
  let bytesLeft = MAX_BYTES;
  let table: Uint32Array | undefined;
  return (data, value = 0) => {
    bytesLeft -= data.length;
    if (bytesLeft < 0) return load()(data, value);
    table ??= remainders();
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    let remainder = ~value;
    // By number: uncompiled, an iterator takes half as long again.
    for (let at = 0; at < bytes.length; at++)
      remainder = (table[(remainder ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (remainder >>> 8);
    return ~remainder >>> 0;
  };
}

/** For each value of a byte what it leaves. */
function remainders(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    return remainder;
  });
}
