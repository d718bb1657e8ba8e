import { createHash } from "node:crypto";

/** Choices that are the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** True in `percent` of all calls. */
  happens(percent: number): boolean;
}

export function randomFrom(seed: string): Random {
  let drawn = 0;
  const draw = (): number =>
    createHash("sha256").update(`${seed} ${drawn++}`).digest().readUInt32LE() / 0x1_0000_0000;
  return {
    between: (min, max) => min + Math.floor(draw() * (max - min + 1)),
    pick: (choices) => choices[Math.floor(draw() * choices.length)] ?? choices[0],
    happens: (percent) => draw() * 100 < percent,
  };
}
