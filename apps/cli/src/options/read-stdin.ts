import { InvalidInputError } from "@agent-sessions/core";
import { refuseFolderOnStdin } from "../refuse-folder-on-stdin.js";

/**
 * All of stdin as text. A person at a terminal ends it with Ctrl-D.
 *
 * @throws {InvalidInputError} INVALID_VALUE when it is not UTF-8, and when it is a folder
 * @throws the signal's reason when it aborts
 */
export async function readStdin(signal: AbortSignal): Promise<string> {
  refuseFolderOnStdin();
  const { stdin } = process;
  const stop = (): void => {
    stdin.destroy(signal.reason as Error);
  };
  signal.addEventListener("abort", stop, { once: true });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin as AsyncIterable<Uint8Array>) chunks.push(chunk);
  signal.removeEventListener("abort", stop);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new InvalidInputError(
      "INVALID_VALUE",
      "What came on stdin is not UTF-8 text. Nothing was stored.",
      {
        path: "stdin",
        cause,
      },
    );
  }
}
