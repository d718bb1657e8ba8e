import { InvalidInputError } from "@agent-sessions/core";

/** Whether somebody sits there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** For a question that has to be answered where nobody can be asked. @param needs such as `Deleting session "x" needs a confirmation` */
export function nobodyToAsk(
  needs: string,
  remedy: string,
  details: { readonly path: string; readonly sessionId?: string },
): InvalidInputError {
  const problem = `${needs}, and there is no terminal to ask on. ${remedy}`;
  return new InvalidInputError("INVALID_OPTIONS", problem, details);
}
