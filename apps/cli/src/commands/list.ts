import type { ListQuery, SessionFilter } from "@agent-sessions/core";
import { InvalidInputError } from "@agent-sessions/core";
import { Option } from "commander";
import type { Configure } from "../command-context.js";
import { listNotes, listTable } from "../list-table.js";
import { wholeNumber } from "../options/parse-value.js";
import { addFilterOptions, type FilterOptions, filterOf } from "../options/session-filter.js";
import { elsewhereSentence } from "../references/other-namespaces.js";
import { placeOf } from "../references/place.js";
import { oneLine } from "../terminal-text.js";
import { watchList } from "../watch-list.js";

type Options = FilterOptions & {
  readonly orderBy?: NonNullable<ListQuery["orderBy"]>;
  readonly direction?: "asc" | "desc";
  readonly pinnedFirst?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
  readonly watch?: boolean;
};

/** Lines of a terminal that a watched list leaves free: the header, and a note. */
const SPARE_LINES = 4;

export const configure: Configure = (command, contextOf) => {
  addFilterOptions(command)
    .addOption(
      new Option("--order-by <field>", "what to sort by").choices(["updatedAt", "createdAt", "title", "id"]),
    )
    .addOption(new Option("--direction <direction>", "which way to sort").choices(["asc", "desc"]))
    .option("--pinned-first", "pinned ones before all others")
    .option("--limit <number>", "at most so many, up to 1000 (default 50)", wholeNumber(1))
    .option("--cursor <cursor>", "go on behind the page before, with the same filters")
    .option("--watch", "print it again whenever it changes, until Ctrl-C")
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions list --label auth --not-archived
  agent-sessions list --updated-after 2026-01-31 --order-by title
  agent-sessions list --pinned-first --watch`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      if (options.watch === true && options.cursor !== undefined) {
        const problem =
          "A page that goes on behind another cannot be watched. Leave out --cursor or --watch.";
        throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "--watch" });
      }
      await context.withStore(async (store) => {
        const filter = await filterOf(options, store, context);
        const whenEmpty = emptyNote(filter, placeOf(store));
        const query: ListQuery = {
          ...filter,
          orderBy: options.orderBy,
          direction: options.direction,
          pinnedFirst: options.pinnedFirst,
          limit: options.limit,
          cursor: options.cursor,
        };
        if (options.watch === true) {
          const limit =
            options.limit ?? (output.height === null ? undefined : Math.max(1, output.height - SPARE_LINES));
          const read = async () => await store.list({ ...query, limit });
          return await watchList({ read, whenEmpty, output, signal: context.signal });
        }
        const page = await store.list(query);
        if (output.isJson) return await output.document(page);
        const { text, hasShortIds } = await listTable(page, output, new Date());
        if (text !== "") await output.text(text);
        const elsewhere = page.sessions.length === 0 ? await elsewhereSentence(store) : "";
        for (const note of listNotes(page, `${whenEmpty}${elsewhere}`, hasShortIds, output))
          await output.note(note);
      });
    });
};

/** A filter that lets nothing through does not say that nothing is there. */
function emptyNote(filter: SessionFilter, place: string): string {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return `No sessions in ${oneLine(place)}${isFiltered ? " pass these filters" : ""}.`;
}
