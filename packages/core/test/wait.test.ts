import { expect, it } from "vitest";
import { pausedWait, retryUntil } from "../src/wait.js";

function letTimePass(): void {
  const before = performance.now();
  while (performance.now() === before);
}

it("the time of a paused wait does not run until it begins", () => {
  const wait = pausedWait(1000);
  const before = wait.deadline;
  letTimePass();
  expect(wait.deadline).toBeGreaterThan(before);
  wait.begin();
  const begun = wait.deadline;
  letTimePass();
  expect(wait.deadline).toBe(begun);
});

it("retryUntil() rejects SESSION_LOCKED when a wait has begun and is over", async () => {
  const wait = pausedWait(0);
  wait.begin();
  await expect(retryUntil(wait, "a", () => null)).rejects.toMatchObject({ code: "SESSION_LOCKED" });
});
