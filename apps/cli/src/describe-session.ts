import type { SessionHead, SessionSummary } from "@agent-sessions/core";
import { oneLine } from "./terminal-text.js";

/** What a person calls a session: its title, else how it begins. */
export function nameOf(session: Pick<SessionSummary, "title" | "preview">): string {
  return oneLine(session.title === "" ? session.preview : session.title);
}

/** `2026-01-31 13:00`, where the reader is. */
export function shortTime(iso: string): string {
  const date = new Date(iso);
  return `${localDate(date)} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** The same with its offset from UTC: `2026-01-31 13:00 +01:00`, or `2026-01-31 12:00 UTC`. */
export function zonedTime(iso: string): string {
  const minutes = -new Date(iso).getTimezoneOffset();
  if (minutes === 0) return `${shortTime(iso)} UTC`;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${shortTime(iso)} ${minutes < 0 ? "-" : "+"}${twoDigits(hours)}:${twoDigits(rest)}`;
}

function localDate(date: Date): string {
  const year = String(date.getFullYear()).padStart(4, "0");
  return `${year}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `now`, `5 min ago`, `3 h ago`, `2 d ago`; the date, where the reader is, for what is a week old or lies ahead. */
export function relativeTime(iso: string, now: Date): string {
  const ageMs = now.getTime() - Date.parse(iso);
  if (ageMs < -MINUTE_MS || ageMs >= 7 * DAY_MS) return localDate(new Date(iso));
  if (ageMs < MINUTE_MS) return "now";
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min ago`;
  if (ageMs < DAY_MS) return `${Math.floor(ageMs / HOUR_MS)} h ago`;
  return `${Math.floor(ageMs / DAY_MS)} d ago`;
}

/** `950`, `12.3k`, `4.5M`. */
export function shortNumber(number: number): string {
  if (number < 10_000) return String(number);
  // What would be rounded to 1000k is 1.0M.
  const [size, unit] = number < 999_500 ? [number / 1000, "k"] : [number / 1_000_000, "M"];
  return `${size.toFixed(size < 99.95 ? 1 : 0)}${unit}`;
}

/** `1 message`, `2 messages`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The line that a change is answered with. */
export function changedLine(head: SessionHead): string {
  return `${oneLine(head.id)}: ${count(head.messageCount, "message")}, revision ${head.revision}`;
}

/** What a person wants to know of a session besides its messages, a line each. */
export function headLines(head: SessionHead): readonly string[] {
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["id", oneLine(head.id)],
    ["namespace", oneLine(head.namespace)],
    ["title", oneLine(head.title)],
    ["labels", head.labels.map(oneLine).join(", ")],
    [
      "metadata",
      Object.entries(head.metadata)
        .map(([key, value]) => oneLine(`${key}=${String(value)}`))
        .join(", "),
    ],
    [
      "marks",
      [head.pinned ? "pinned" : "", head.archived ? "archived" : ""].filter((mark) => mark !== "").join(", "),
    ],
    [
      "fork of",
      head.parent === null
        ? ""
        : `${oneLine(head.parent.id)} (first ${count(head.parent.messageCount, "message")})`,
    ],
    [
      "usage",
      Object.entries(head.usage)
        .filter(([, total]) => total > 0)
        .map(([name, total]) => `${oneLine(name)} ${total}`)
        .join(", "),
    ],
    ["messages", String(head.messageCount)],
    ["revision", String(head.revision)],
    ["created", zonedTime(head.createdAt)],
    ["updated", zonedTime(head.updatedAt)],
    ["state", Object.keys(head.state).length === 0 ? "" : oneLine(JSON.stringify(head.state))],
  ];
  return facts.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(9)}  ${value}`);
}
