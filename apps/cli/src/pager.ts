import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { isClosedPipe } from "./output.js";

export interface PagerOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
  /** Text that fits the screen goes through the pager too, which then takes the screen. @default false */
  readonly isWholeScreen?: boolean;
  /** Runs the pager while Ctrl-C is meant for it. */
  readonly whileAway: (body: () => Promise<number>) => Promise<number>;
  /** Where text goes that needs no pager. */
  readonly write: (text: string) => Promise<void>;
}

/** What a shell ends with when it cannot find or run what it was told to. */
const NOT_RUN = new Set([126, 127]);

/** The command line of the pager; null for none. */
export function pagerCommand(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | null {
  const command = env["PAGER"] ?? (platform === "win32" ? "more" : "less");
  return command.trim() === "" || command.trim() === "cat" ? null : command;
}

/**
 * Shows text that is longer than the terminal in the pager, and writes shorter text as it is. Ends when the reader has left the pager;
 * `textOf` is asked again when the pager cannot be started.
 */
export async function page(textOf: () => AsyncIterable<string>, options: PagerOptions): Promise<void> {
  const command = pagerCommand(options.env, process.platform);
  if (command === null) {
    await writeAll(textOf(), options);
    return;
  }
  const iterator = textOf()[Symbol.asyncIterator]();
  const held: string[] = [];
  if (options.isWholeScreen !== true && (await fits(iterator, held, options))) {
    await writeAll(held, options);
    return;
  }
  const code = await options.whileAway(
    async () => await runPager(command, continued(held, iterator), options),
  );
  if (NOT_RUN.has(code)) await writeAll(textOf(), options);
}

async function writeAll(
  text: AsyncIterable<string> | Iterable<string>,
  { write }: PagerOptions,
): Promise<void> {
  for await (const chunk of text) await write(chunk);
}

/** Moves text to `held` until it has all, which fits the screen, or more than fits. */
async function fits(
  iterator: AsyncIterator<string>,
  held: string[],
  { columns, rows }: PagerOptions,
): Promise<boolean> {
  // The prompt of the shell takes a line.
  for (let taken = 1; taken <= rows; ) {
    const { done, value } = await iterator.next();
    if (done === true) return true;
    held.push(value);
    for (const line of stripVTControlCharacters(value).replace(/\n$/, "").split("\n")) {
      taken += Math.max(1, Math.ceil(line.length / columns));
    }
  }
  return false;
}

async function* continued(held: readonly string[], iterator: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield* held;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

/** The exit code of the pager. Whoever leaves it early ends the reading of the text. */
async function runPager(
  command: string,
  text: AsyncIterable<string>,
  { env, isWholeScreen }: PagerOptions,
): Promise<number> {
  // Through the shell: PAGER may hold arguments. R passes colours on; X leaves on the screen what was read last.
  const pager = spawn(command, {
    shell: true,
    stdio: ["pipe", "inherit", "inherit"],
    env: { ...env, LESS: env["LESS"] ?? (isWholeScreen === true ? "R" : "RX") },
  });
  const ended = new Promise<number>((resolve, reject) => {
    pager.on("error", reject);
    pager.on("close", (code) => resolve(code ?? 0));
  });
  try {
    await pipeline(Readable.from(text), pager.stdin);
  } catch (error) {
    // What was read so far stays on the screen until the reader leaves it; the error is told below it.
    await ended;
    if (!isClosedPipe(error) && !isCutShort(error)) throw error;
  }
  return await ended;
}

/** Whether the pager had closed its end before all was written. */
function isCutShort(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE";
}
