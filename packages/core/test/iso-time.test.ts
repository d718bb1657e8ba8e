import { expect, it } from "vitest";
import { isoTime } from "../src/iso-time.js";

it("isoTime() writes a time as Date.prototype.toISOString does, in whatever order times are asked for", () => {
  const times = [
    0, 1, 999, 1000, 999.999, 1_763_760_000_123, 1_763_760_000_007.9, 1_763_759_999_999, 253_402_300_799_999,
  ];
  for (const ms of [...times, ...times.toReversed()]) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
});
