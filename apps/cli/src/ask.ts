import { createInterface } from "node:readline/promises";

/** Whether somebody sits there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks a yes-or-no question on the terminal; anything but "y" and "yes" is no, Ctrl-D included. Ctrl-C rejects with the signal's reason. */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // In its raw mode the prompt gets the Ctrl-C that would otherwise be a signal to the process.
  prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    // Ctrl-D closes the prompt: newer versions of Node reject the question then, and older ones never answer it.
    const closed = new Promise<string>((resolve) => prompt.once("close", () => resolve("")));
    const answer = prompt.question(`${question} [y/N] `, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return "";
    });
    return /^y(?:es)?$/i.test((await Promise.race([answer, closed])).trim());
  } finally {
    prompt.close();
  }
}
