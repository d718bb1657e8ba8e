import { canAsk, nobodyToAsk } from "./can-ask.js";
import type { CommandContext } from "./command-context.js";
import { EXIT } from "./exit-code.js";

/** What a command takes away for good, in words. */
export interface Loss {
  readonly sessionId: string;
  /** Such as `Deleting session "x"`. */
  readonly doing: string;
  readonly question: string;
  /** What goes and what stays, a line each, safe for a terminal. */
  readonly facts: readonly string[];
  /** What is said after a no, such as `Nothing was deleted.` */
  readonly unchanged: string;
}

/**
 * Asks before something is lost for good. False after a no, and after Ctrl-C, which also ends the program with its exit code.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS where there is no terminal to ask on
 */
export async function confirmLoss(loss: Loss, { output, signal }: CommandContext): Promise<boolean> {
  if (!canAsk()) {
    const { doing, sessionId } = loss;
    const remedy = "Add --yes to do it without being asked.";
    throw nobodyToAsk(`${doing} needs a confirmation`, remedy, { path: "--yes", sessionId });
  }
  const { ask } = await import("./ask.js");
  const answer = await ask([loss.question, ...loss.facts].join("\n"), signal);
  if (answer === true) return true;
  if (answer === null) process.exitCode = EXIT.interrupted;
  await output.note(loss.unchanged);
  return false;
}
