import type { Stats } from "node:fs";
import type { FileStamp } from "./open-file.js";

/**
 * What changed so lately may change again without its times showing it: the kernel's clock for them ticks every few milliseconds.
 */
const UNSETTLED_MS = 25;
/** The same on file systems that keep whole seconds, or every second one. */
const UNSETTLED_SECONDS_MS = 2_000 + UNSETTLED_MS;

/** What changes with a file's content, or with the entries of a folder. Null when nothing is there. */
export function changeStamp(stats: Stats | undefined): string | null {
  return stats === undefined ? null : `${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino} ${stats.size}`;
}

/**
 * The same, or null when the last change was so young at a time that another one may have come, or may come, under the same stamp.
 *
 * @param at milliseconds since 1970
 */
export function settledStamp(stats: Stats | undefined, at: number): string | null {
  return stats !== undefined && isSettled(stats, at) ? changeStamp(stats) : null;
}

/** Whether the last change was old enough at a time: another one would have changed the stamp. */
export function isSettled({ mtimeMs, ctimeMs }: Pick<FileStamp, "mtimeMs" | "ctimeMs">, at: number): boolean {
  const isWholeSeconds = mtimeMs % 1000 === 0 && ctimeMs % 1000 === 0;
  const ageMs = at - Math.max(mtimeMs, ctimeMs);
  return ageMs > (isWholeSeconds ? UNSETTLED_SECONDS_MS : UNSETTLED_MS);
}
