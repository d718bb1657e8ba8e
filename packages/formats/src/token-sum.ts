import type { JsonObject, JsonValue, UsageInput } from "@agent-sessions/core";
import { isCount } from "./foreign-fields.js";

/** Which of our counters a foreign one is. */
export type CounterNames = Readonly<Record<string, string>>;

/** Our names of the counters that several tools have. */
export const COUNTERS = {
  input: "inputTokens",
  output: "outputTokens",
  cacheRead: "cacheReadTokens",
  cacheWrite: "cacheWriteTokens",
  reasoning: "reasoningTokens",
  tool: "toolTokens",
} as const;

/** The sum of token counts that stand on messages. Counts that are no whole numbers are passed over; they stay on their messages. */
export class TokenSum {
  readonly #sums: Record<string, number> = {};

  add(counts: JsonValue | undefined, names: CounterNames): void {
    if (typeof counts !== "object" || counts === null || Array.isArray(counts)) return;
    for (const [foreign, ours] of Object.entries(names)) {
      const count = (counts as JsonObject)[foreign];
      if (!isCount(count)) continue;
      const sum = (this.#sums[ours] ?? 0) + count;
      if (Number.isSafeInteger(sum)) this.#sums[ours] = sum;
    }
  }

  /** Counters that are 0 throughout are left out. */
  get usage(): UsageInput {
    return Object.fromEntries(Object.entries(this.#sums).filter(([, sum]) => sum > 0));
  }
}
