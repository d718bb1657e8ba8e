import type { SearchHit, SessionStore } from "@agent-sessions/core";
import type { Configure } from "../command-context.js";
import { noteUnreadable } from "../note-unreadable.js";
import { wholeNumber } from "../options/parse-value.js";
import { addFilterOptions, type FilterOptions, filterOf } from "../options/session-filter.js";
import type { Output } from "../output.js";
import { elsewhereSentence } from "../references/other-namespaces.js";
import { placeOf } from "../references/place.js";
import { oneLine } from "../terminal-text.js";

type Options = FilterOptions & { readonly limit?: number };

export const configure: Configure = (command, contextOf) => {
  command.argument("<words...>", "all of them must occur, in any case, as parts of words too");
  addFilterOptions(command)
    .option("--limit <number>", "at most so many hits (default: all of them)", wholeNumber(1))
    .addHelpText(
      "after",
      `
Each line begins with what show takes: a session, or a session and the position of a message.

Examples:
  agent-sessions search refresh token --label auth
  agent-sessions show 01a1fe96:7`,
    )
    .action(async (words: readonly string[], options: Options) => {
      const context = contextOf(command);
      context.onlyReads();
      await context.withStore(async (store) => {
        const filter = await filterOf(options, store, context);
        let hits = 0;
        // Counted here: the library takes no limit above 1000, and all hits without one.
        for await (const hit of store.search(words.join(" "), filter)) {
          hits++;
          if (context.output.isJson) await context.output.record(hit);
          else await context.output.text(hitLine(hit, context.output));
          if (hits === options.limit) break;
        }
        if (hits === 0) await context.output.note(await nothingFound(store));
        await noteUnreadable(store, filter, context.output);
      });
    });
};

async function nothingFound(store: SessionStore): Promise<string> {
  return `Nothing found in ${oneLine(placeOf(store))}.${await elsewhereSentence(store)}`;
}

/** `id:7  … the match in its text …`: what stands first is what `show` takes. */
function hitLine(hit: SearchHit, { colors }: Output): string {
  const reference = `${oneLine(hit.id)}${hit.seq === null ? "" : `:${hit.seq}`}`;
  const before = oneLine(hit.snippet.slice(0, hit.matchStart));
  const match = oneLine(hit.snippet.slice(hit.matchStart, hit.matchEnd));
  const after = oneLine(hit.snippet.slice(hit.matchEnd));
  const place = hit.seq === null ? colors.dim("title: ") : "";
  return `${colors.cyan(reference)}  ${place}${before}${colors.bold(colors.yellow(match))}${after}`;
}
