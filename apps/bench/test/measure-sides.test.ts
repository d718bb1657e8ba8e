import { expect, test } from "vitest";
import { measureSides } from "../src/measure-sides.js";

const options = { turns: 4, warmUp: 1, collectsGarbage: false, timeLimitMs: 60_000 };

test("measureSides() takes turns, changes which side goes first, and leaves the warm-up out", async () => {
  const calls: string[] = [];
  const side = (name: string) => () => {
    calls.push(name);
    return calls.length;
  };
  const samples = await measureSides({ ours: side("ours"), limit: side("limit") }, options);
  expect(calls).toEqual(
    ["limit ours", "ours limit", "limit ours", "ours limit", "limit ours"].flatMap((turn) => turn.split(" ")),
  );
  expect(samples).toEqual({ ours: [3, 6, 7, 10], limit: [4, 5, 8, 9] });
});

test("measureSides() measures one side alone where there is no other", async () => {
  expect(await measureSides({ ours: () => 7, limit: null }, options)).toEqual({
    ours: [7, 7, 7, 7],
    limit: [],
  });
});

test("measureSides() begins no further turn after its time, but has three", async () => {
  const samples = await measureSides(
    { ours: () => 1, limit: () => 1 },
    { ...options, turns: 50, timeLimitMs: 0 },
  );
  expect(samples).toEqual({ ours: [1, 1, 1], limit: [1, 1, 1] });
});
