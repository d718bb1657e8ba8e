import { createInterface } from "node:readline/promises";

/** Whether somebody sits there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks a yes-or-no question on the terminal; anything but "y" and "yes" is no. Ctrl-C rejects with the signal's reason. */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // In its raw mode the prompt gets the Ctrl-C that would otherwise be a signal to the process.
  prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(?:es)?$/i.test((await prompt.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    prompt.close();
  }
}
