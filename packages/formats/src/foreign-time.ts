import type { JsonValue } from "@agent-sessions/core";
import { isoTime } from "./iso-time.js";

/** A time in milliseconds since 1970 as our heads hold it; null when it is none. */
export function timeOfMs(value: JsonValue | undefined): string | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  const date = new Date(Math.floor(value));
  const iso = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  return iso.length === 24 ? iso : null;
}

/** A time in seconds since 1970, fractions included, cut off at the millisecond. */
export function timeOfSeconds(value: JsonValue | undefined): string | null {
  // Rounded at the microsecond first: 1776870000.123 is a little less than itself in binary.
  return typeof value === "number" ? timeOfMs(Math.round(value * 1e6) / 1e3) : null;
}

/** A time that is written as a text. */
export function timeOfText(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? isoTime(value) : null;
}

export function msOf(iso: string): number {
  return Date.parse(iso);
}

export function secondsOf(iso: string): number {
  return Date.parse(iso) / 1000;
}

/** The latest of some times; our format of times sorts as text. */
export function latest(...times: readonly (string | null | undefined)[]): string | null {
  let last: string | null = null;
  for (const time of times) if (typeof time === "string" && (last === null || time > last)) last = time;
  return last;
}

/** Gives entries their times, which must not go back, whatever the messages say. */
export class EntryClock {
  #last: string | null = null;
  readonly #start: string;

  /** @param start for messages before the first one with a time of its own */
  constructor(start: string) {
    this.#start = start;
  }

  at(own: string | null): string {
    this.#last = latest(this.#last, own);
    return this.#last ?? this.#start;
  }
}
