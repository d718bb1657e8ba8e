import type { SessionPage, SessionSummary } from "@agent-sessions/core";
import { count, nameOf, relativeTime, shortNumber } from "./describe-session.js";
import type { Output } from "./output.js";
import { type Column, renderTable } from "./render-table.js";
import { oneLine } from "./terminal-text.js";

/** The sessions of a page as a table; "" for none. */
export async function listTable(
  { sessions }: SessionPage,
  { colors, width }: Pick<Output, "colors" | "width">,
  now: Date,
): Promise<string> {
  if (sessions.length === 0) return "";
  // With ids of our own making, 80 columns hold the times and numbers of messages, and the rest where the terminal is wider.
  const columns: readonly Column<SessionSummary>[] = [
    { header: "ID", maxWidth: 40, value: ({ id }) => oneLine(id), style: (cell) => colors.cyan(cell) },
    { header: "UPDATED", isOptional: true, value: ({ updatedAt }) => relativeTime(updatedAt, now) },
    {
      header: "MESSAGES",
      align: "right",
      isOptional: true,
      value: ({ messageCount }) => String(messageCount),
    },
    {
      header: "TOKENS",
      align: "right",
      isOptional: true,
      value: ({ usage }) => shortNumber(usage.inputTokens + usage.outputTokens),
    },
    { header: "MARKS", isOptional: true, value: marksOf, style: (cell) => colors.yellow(cell) },
    {
      header: "LABELS",
      maxWidth: 24,
      isOptional: true,
      value: ({ labels }) => labels.map(oneLine).join(","),
    },
    { header: "TITLE", maxWidth: 60, value: nameOf },
  ];
  return await renderTable(sessions, columns, { styleHeader: colors.dim, width });
}

/** What has to be said besides the table, a line each. */
export function listNotes(
  page: SessionPage,
  whenEmpty: string,
  { colors }: Pick<Output, "colors">,
): readonly string[] {
  const { sessions, unreadable, unreadableCount, nextCursor } = page;
  const notes: string[] = [];
  if (sessions.length === 0 && unreadableCount === 0) notes.push(whenEmpty);
  for (const { id, code, message } of unreadable)
    notes.push(`${colors.red("unreadable")} ${oneLine(id)}: ${code} ${oneLine(message)}`);
  const more = unreadableCount - unreadable.length;
  if (more > 0)
    notes.push(`${count(more, "more session")} unreadable; agent-sessions verify names them all.`);
  if (nextCursor !== null) notes.push(`More: the same with --cursor ${nextCursor}`);
  return notes;
}

function marksOf({ pinned, archived }: SessionSummary): string {
  return [pinned ? "pin" : "", archived ? "arch" : ""].filter((mark) => mark !== "").join(" ");
}
