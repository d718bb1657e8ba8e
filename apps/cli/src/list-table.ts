import type { SessionPage, SessionSummary } from "@agent-sessions/core";
import { count, nameOf, relativeTime, shortNumber } from "./describe-session.js";
import type { Output } from "./output.js";
import { type Column, renderTable, tableWidth } from "./render-table.js";
import { ENOUGH_OF_TITLE, IDS_ARE_CUT, shortIds } from "./short-ids.js";
import { oneLine } from "./terminal-text.js";

/** Of an id on a terminal. Elsewhere it stays whole: what reads it there may give it to another command. */
const MAX_ID_WIDTH = 40;

export interface ListTable {
  /** "" for no sessions. */
  readonly text: string;
  /** Ids are cut to the beginnings that tell them apart. */
  readonly hasShortIds: boolean;
}

/** The sessions of a page as a table. Where the terminal has no room for it, with short ids, which every command takes too. */
export async function listTable(
  { sessions }: SessionPage,
  { colors, width }: Pick<Output, "colors" | "width">,
  now: Date,
): Promise<ListTable> {
  if (sessions.length === 0) return { text: "", hasShortIds: false };
  const maxIdWidth = width === null ? Number.POSITIVE_INFINITY : MAX_ID_WIDTH;
  const whole = columnsOf((id) => id, maxIdWidth, colors, now);
  const isTight = width !== null && (await tableWidth(sessions, whole, ENOUGH_OF_TITLE)) > width;
  const shortOf = isTight ? shortIds(sessions.map(({ id }) => id)) : new Map<string, string>();
  const columns = isTight ? columnsOf((id) => shortOf.get(id) ?? id, maxIdWidth, colors, now) : whole;
  return {
    text: await renderTable(sessions, columns, { styleHeader: colors.dim, width }),
    hasShortIds: [...shortOf].some(([id, short]) => short !== id),
  };
}

/** Labels go first where there is no room, and the times last. */
function columnsOf(
  idText: (id: string) => string,
  maxIdWidth: number,
  colors: Output["colors"],
  now: Date,
): readonly Column<SessionSummary>[] {
  return [
    {
      header: "ID",
      maxWidth: maxIdWidth,
      value: ({ id }) => oneLine(idText(id)),
      style: (cell) => colors.cyan(cell),
    },
    { header: "UPDATED", isOptional: true, value: ({ updatedAt }) => relativeTime(updatedAt, now) },
    { header: "MARKS", isOptional: true, value: marksOf, style: (cell) => colors.yellow(cell) },
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
    {
      header: "LABELS",
      maxWidth: 24,
      isOptional: true,
      value: ({ labels }) => labels.map(oneLine).join(","),
    },
    { header: "TITLE", maxWidth: 60, value: nameOf },
  ];
}

/** What has to be said besides the table, a line each. */
export function listNotes(
  page: SessionPage,
  whenEmpty: string,
  hasShortIds: boolean,
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
  if (hasShortIds) notes.push(colors.dim(IDS_ARE_CUT));
  if (nextCursor !== null) notes.push(`More: the same with --cursor ${nextCursor}`);
  return notes;
}

function marksOf({ pinned, archived }: SessionSummary): string {
  return [pinned ? "pin" : "", archived ? "arch" : ""].filter((mark) => mark !== "").join(" ");
}
