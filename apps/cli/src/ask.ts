import { confirm, isCancel } from "@clack/prompts";

/** Asks a yes-or-no question on the terminal, where Enter alone is no. Null: Ctrl-C or Escape, or the signal. */
export async function ask(question: string, signal: AbortSignal): Promise<boolean | null> {
  const answer = await confirm({
    message: question,
    initialValue: false,
    input: process.stdin,
    output: process.stderr,
    signal,
    withGuide: false,
  });
  return isCancel(answer) ? null : answer;
}
