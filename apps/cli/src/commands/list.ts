import type { ListQuery, SessionPage, SessionSummary } from "@agent-sessions/core";
import { Option } from "commander";
import type { Configure } from "../command-context.js";
import { count, nameOf, shortTime } from "../describe-session.js";
import { wholeNumber } from "../options/parse-value.js";
import { addFilterOptions, type FilterOptions, filterOf } from "../options/session-filter.js";
import type { Output } from "../output.js";
import { renderTable } from "../render-table.js";
import { oneLine } from "../terminal-text.js";

type Options = FilterOptions & {
  readonly orderBy?: NonNullable<ListQuery["orderBy"]>;
  readonly direction?: "asc" | "desc";
  readonly pinnedFirst?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
};

export const configure: Configure = (command, contextOf) => {
  addFilterOptions(command)
    .addOption(
      new Option("--order-by <field>", "what to sort by").choices(["updatedAt", "createdAt", "title", "id"]),
    )
    .addOption(new Option("--direction <direction>", "which way to sort").choices(["asc", "desc"]))
    .option("--pinned-first", "pinned ones before all others")
    .option("--limit <number>", "at most so many (default 50)", wholeNumber(1))
    .option("--cursor <cursor>", "go on behind the page before, with the same filters")
    .action(async (options: Options) => {
      const context = contextOf(command);
      await context.withStore(async (store) => {
        const page = await store.list({
          ...filterOf(options),
          orderBy: options.orderBy,
          direction: options.direction,
          pinnedFirst: options.pinnedFirst,
          limit: options.limit,
          cursor: options.cursor,
        });
        if (context.output.isJson) await context.output.document(page);
        else await printPage(page, store.location, context.output);
      });
    });
};

async function printPage(page: SessionPage, location: string, output: Output): Promise<void> {
  const { colors } = output;
  if (page.sessions.length > 0) {
    // With ids of our own making, 80 columns hold the times and numbers of messages, and the rest where the terminal is wider.
    const table = await renderTable<SessionSummary>(
      page.sessions,
      [
        { header: "ID", maxWidth: 40, value: ({ id }) => oneLine(id), style: (cell) => colors.cyan(cell) },
        { header: "UPDATED (UTC)", isOptional: true, value: ({ updatedAt }) => shortTime(updatedAt) },
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
          value: ({ usage }) => String(usage.inputTokens + usage.outputTokens),
        },
        {
          header: "MARKS",
          isOptional: true,
          value: ({ pinned, archived }) => `${pinned ? "pin " : ""}${archived ? "arch" : ""}`.trim(),
        },
        {
          header: "LABELS",
          maxWidth: 24,
          isOptional: true,
          value: ({ labels }) => labels.map(oneLine).join(","),
        },
        { header: "TITLE", maxWidth: 60, value: nameOf },
      ],
      { styleHeader: colors.dim, width: output.width },
    );
    await output.text(table);
  } else if (page.unreadableCount === 0) {
    await output.note(`No sessions in ${oneLine(location)}.`);
  }
  for (const { id, code, message } of page.unreadable) {
    await output.note(`${colors.red("unreadable")} ${oneLine(id)}: ${code} ${oneLine(message)}`);
  }
  const more = page.unreadableCount - page.unreadable.length;
  if (more > 0)
    await output.note(`${count(more, "more session")} unreadable; agent-sessions verify names them all.`);
  if (page.nextCursor !== null) await output.note(`More: the same with --cursor ${page.nextCursor}`);
}
