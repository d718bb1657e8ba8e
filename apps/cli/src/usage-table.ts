import { shortNumber } from "./describe-session.js";
import type { Output } from "./output.js";
import { renderTable } from "./render-table.js";
import { oneLine } from "./terminal-text.js";
import { tokensOf, type UsageRow } from "./usage-figures.js";

/** Columns of the longest bar. */
const BAR = 20;

/** A row for each, with a bar: of tokens, or where nothing counted any, of messages. */
export async function usageTable(
  header: string,
  rows: readonly UsageRow[],
  { colors, width }: Pick<Output, "colors" | "width">,
): Promise<string> {
  const hasTokens = rows.some((row) => tokensOf(row) > 0);
  const weightOf = (row: UsageRow): number => (hasTokens ? tokensOf(row) : row.messages);
  const most = Math.max(1, ...rows.map(weightOf));
  return await renderTable(
    rows,
    [
      { header, maxWidth: 30, value: ({ name }) => oneLine(name) },
      { header: "SESSIONS", align: "right", value: ({ sessions }) => shortNumber(sessions) },
      { header: "MESSAGES", align: "right", value: ({ messages }) => shortNumber(messages) },
      {
        header: "IN",
        align: "right",
        isOptional: true,
        value: ({ inputTokens }) => shortNumber(inputTokens),
      },
      {
        header: "OUT",
        align: "right",
        isOptional: true,
        value: ({ outputTokens }) => shortNumber(outputTokens),
      },
      {
        header: hasTokens ? "TOKENS" : "",
        value: (row) => "█".repeat(Math.ceil((weightOf(row) / most) * BAR)),
        style: (cell) => colors.cyan(cell),
      },
    ],
    { styleHeader: colors.dim, width },
  );
}
