import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "./command.js";

const FILE = fileURLToPath(new URL("../regressions.json", import.meta.url));

/** A sequence that once gave different answers, for ever run again. */
export interface Regression {
  /** What was wrong, as a sentence: written by the person who mended it. */
  readonly title: string;
  readonly commands: readonly Command[];
}

export function readRegressions(): readonly Regression[] {
  return JSON.parse(readFileSync(FILE, "utf8")) as Regression[];
}

/** Keeps a failing sequence. */
export function addRegression(regression: Regression): void {
  const kept = readRegressions();
  const known = kept.some(({ commands }) => JSON.stringify(commands) === JSON.stringify(regression.commands));
  if (!known) writeFileSync(FILE, `${JSON.stringify([...kept, regression], null, 2)}\n`);
}
