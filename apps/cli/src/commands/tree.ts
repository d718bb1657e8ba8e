import type { Configure } from "../command-context.js";
import { familyOf, type Lineage, lineages, lineagesAsJson } from "../lineage.js";
import { noteUnreadable } from "../note-unreadable.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import type { Output } from "../output.js";
import { elsewhereSentence } from "../references/other-namespaces.js";
import { placeOf } from "../references/place.js";
import { IDS_ARE_CUT } from "../short-ids.js";
import { oneLine, safeJson } from "../terminal-text.js";
import { treeLines } from "../tree-lines.js";

export const configure: Configure = (command, contextOf) => {
  command
    .argument("[session]", `${SESSION_ARGUMENT}; without it, every session that has forks or is one`)
    .option("--all", "sessions without forks too")
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions tree
  agent-sessions tree latest`,
    )
    .action(async (reference: string | undefined, { all }: { readonly all?: boolean }) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const chosen = reference === undefined ? null : await context.resolveSession(store, reference);
        const roots = await lineages(store);
        const family = chosen === null ? undefined : familyOf(chosen, roots);
        // Not among what can be listed: it cannot be read, and this says why.
        if (chosen !== null && family === undefined) await store.head(chosen);
        const families =
          chosen === null
            ? roots.filter((root) => all === true || isFamily(root))
            : family === undefined
              ? []
              : [family];
        if (chosen === null) await noteUnreadable(store, {}, output);
        if (output.isJson) return await output.raw(`${safeJson(lineagesAsJson(families))}\n`);
        if (families.length > 0) return await draw(families, chosen, output);
        const elsewhere = await elsewhereSentence(store);
        await output.note(`No session in ${oneLine(placeOf(store))} has a fork.${elsewhere}`);
      });
    });
};

function isFamily({ session, forks }: Lineage): boolean {
  return forks.length > 0 || session.parent !== null;
}

async function draw(families: readonly Lineage[], chosen: string | null, output: Output): Promise<void> {
  const { lines, hasShortIds } = await treeLines(families, chosen, output);
  for (const line of lines) await output.text(line);
  if (hasShortIds) await output.note(output.colors.dim(IDS_ARE_CUT));
}
