import { createMemoryData, openMemorySessionStore } from "@agent-sessions/core/memory";
import fc from "fast-check";
import { expect, it } from "vitest";
import { commandSequences } from "../src/arbitrary-commands.js";
import { Driver } from "../src/driver.js";

// Sequences whose commands miss each other's sessions would compare nothing but refusals.
it("makes commands most of which find a session and are carried out", async () => {
  const codes = new Map<string, number>();
  let total = 0;
  for (const commands of fc.sample(commandSequences, { seed: 20260131, numRuns: 200 })) {
    const data = createMemoryData();
    const open = openMemorySessionStore;
    const driver = await Driver.open(
      { name: "memory", open: (options) => open({ ...options, data }) },
      Date.now,
    );
    for (const command of commands) {
      if (command.kind === "tick" || command.kind === "reopen") continue;
      const answer = await driver.run(command);
      const code = "error" in answer ? String(answer.error["code"]) : "none";
      codes.set(code, (codes.get(code) ?? 0) + 1);
      total++;
    }
    await driver.close();
  }
  const share = (code: string): number => (codes.get(code) ?? 0) / total;
  expect(share("none"), JSON.stringify([...codes])).toBeGreaterThan(0.6);
  expect(share("SESSION_NOT_FOUND"), JSON.stringify([...codes])).toBeLessThan(0.25);
});
