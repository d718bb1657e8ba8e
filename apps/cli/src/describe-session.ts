import type { SessionHead, SessionSummary } from "@agent-sessions/core";
import { oneLine } from "./terminal-text.js";

/** What a person calls a session: its title, else how it begins. */
export function nameOf(session: Pick<SessionSummary, "title" | "preview">): string {
  return oneLine(session.title === "" ? session.preview : session.title);
}

/** `2026-01-31 12:00`, in UTC. */
export function shortTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
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
    ["created", head.createdAt],
    ["updated", head.updatedAt],
    ["state", Object.keys(head.state).length === 0 ? "" : oneLine(JSON.stringify(head.state))],
  ];
  return facts.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(9)}  ${value}`);
}
