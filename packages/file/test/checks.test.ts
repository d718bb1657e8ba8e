import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { crc32 } from "../src/crc32.js";
import { indexCheck } from "../src/index-check.js";

const TEXTS = [
  "",
  "a",
  "123456789",
  "\u00e9\u4f1a\ud83d\udc69",
  "\0\x7f\x80\xff",
  '{"revision":1}'.repeat(30),
];

describe("crc32()", () => {
  it.each(TEXTS)("is what zlib computes, of %j", (text) => {
    expect(crc32(text)).toBe(zlib.crc32(text));
  });

  it("is what zlib computes, of every byte that UTF-8 has", () => {
    const text = Array.from({ length: 0x900 }, (_, code) => String.fromCharCode(code)).join("");
    expect(crc32(text)).toBe(zlib.crc32(text));
  });
});

describe("indexCheck()", () => {
  const bytes = Buffer.from('["a.jsonl","2026-11-21T00:00:00.000Z",1,2,3,{"title":"abc"}]\n'.repeat(3));

  it("changes with any bit", () => {
    const checks = new Set([indexCheck(bytes)]);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      checks.add(indexCheck(changed));
    }
    expect(checks.size).toBe(1 + 8 * bytes.length);
  });

  it("changes when two bytes change places", () => {
    const seen = new Set<number>();
    let swaps = 0;
    for (let one = 0; one < bytes.length; one++) {
      for (let other = one + 1; other < bytes.length; other++) {
        if (bytes[one] === bytes[other]) continue;
        const changed = Buffer.from(bytes);
        changed.writeUInt8(bytes.readUInt8(other), one);
        changed.writeUInt8(bytes.readUInt8(one), other);
        seen.add(indexCheck(changed));
        swaps++;
      }
    }
    expect(seen.has(indexCheck(bytes))).toBe(false);
    // Some of them meet by chance: 32 bits are not enough for thousands of pairs never to.
    expect(seen.size).toBeGreaterThan(swaps * 0.99);
  });

  it("changes when bytes of zero are added or cut", () => {
    const checks = [0, 1, 2, 3, 4, 5].map((zeros) => indexCheck(Buffer.alloc(zeros)));
    expect(new Set(checks).size).toBe(checks.length);
  });

  it("is the same wherever the bytes lie", () => {
    for (const offset of [1, 2, 3]) {
      const moved = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);
      expect(indexCheck(moved)).toBe(indexCheck(bytes));
    }
  });
});
