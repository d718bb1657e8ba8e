import { rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { backends, type SoakBackend } from "../src/backends.js";
import { runSoak } from "../src/run-soak.js";
import { scenarios } from "../src/scenarios.js";
import type { Tally } from "../src/tally.js";

/** What the soak says of a store with one defect. */
async function soakOf(exportName: string, scenario: string, rounds = 1): Promise<Tally> {
  const [json] = backends as readonly [SoakBackend];
  const module = new URL("./faulty-store.mjs", import.meta.url).href;
  const [result] = await runSoak({
    backends: [{ ...json, name: "json", opener: (path) => ({ module, exportName, options: { path } }) }],
    scenarios: scenarios.filter(({ name }) => name === scenario),
    seed: 1,
    size: "short",
    until: { rounds },
  });
  if (result === undefined || result.keptFolder === null) throw new Error("the fault was not found");
  // It is kept for a person to look at; here, nobody does.
  await rm(result.keptFolder, { recursive: true });
  return result.tally;
}

it("counts acknowledged appends that are not there, by crash and by writers", async () => {
  for (const scenario of ["crash", "writers"]) {
    expect((await soakOf("openForgetful", scenario)).lost).toBeGreaterThan(0);
  }
}, 150_000);

it("counts messages that are there twice", async () => {
  expect((await soakOf("openDoubling", "writers")).doubled).toBeGreaterThan(0);
}, 150_000);

it("sees half a batch while others write", async () => {
  // It ends with the first round in which a reader came at the right moment.
  const { wrong } = await soakOf("openTearing", "readers", 30);
  expect(wrong.join("\n")).toMatch(/a batch is torn|instead of/);
}, 150_000);

it("sees that two held one lock", async () => {
  expect((await soakOf("openUnlocked", "locks")).wrong.join("\n")).toMatch(/two held the lock|are there/);
}, 150_000);

it("sees a backup that lacks what was there before", async () => {
  expect((await soakOf("openLosingBackups", "backup")).wrong.join("\n")).toMatch(/the copy of/);
}, 150_000);
