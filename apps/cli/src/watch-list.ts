import { setTimeout } from "node:timers/promises";
import type { SessionPage } from "@agent-sessions/core";
import { listNotes, listTable } from "./list-table.js";
import type { Output } from "./output.js";

/** How often the store is looked at, in milliseconds: a list is a few milliseconds of work, and a person sees no sooner. */
const PERIOD_MS = 500;
/** From the top, and the screen alone: what can be scrolled back to is not ours to erase. */
const CLEAR = "\u001b[H\u001b[2J";

export interface WatchOptions {
  readonly read: () => Promise<SessionPage>;
  /** What is said of a page without sessions. */
  readonly whenEmpty: string;
  readonly output: Output;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/**
 * Prints the list, and again whenever it changes: on a terminal in place of what stood there, elsewhere below it, with `--json` as a line of
 * JSON. Ends when the signal aborts.
 */
export async function watchList({ read, whenEmpty, output, signal }: WatchOptions): Promise<void> {
  for (let shown: string | null = null; !signal.aborted; ) {
    try {
      const page = await read();
      const text = output.isJson ? "" : await screenOf(page, whenEmpty, output);
      // On a terminal times go on, and its width may change; elsewhere only what is stored is news.
      const state = output.isJson || output.width === null ? JSON.stringify(page) : text;
      if (state !== shown) {
        if (output.isJson) await output.record(page);
        else if (output.width === null) await output.text(`${shown === null ? "" : "\n"}${text}`);
        else await output.raw(`${CLEAR}${text}\n`);
      }
      shown = state;
      await setTimeout(PERIOD_MS, undefined, { signal });
    } catch (error) {
      // The store is closed at Ctrl-C, also under a list that is being read.
      if (!signal.aborted) throw error;
    }
  }
}

async function screenOf(page: SessionPage, whenEmpty: string, output: Output): Promise<string> {
  const { text, hasShortIds } = await listTable(page, output, new Date());
  return [...(text === "" ? [] : [text]), ...listNotes(page, whenEmpty, hasShortIds, output)].join("\n");
}
