import type { Configure } from "../command-context.js";
import { count, nameOf } from "../describe-session.js";
import { familyOf, type Lineage, lineages, lineagesAsJson, type Step, walk } from "../lineage.js";
import { noteUnreadable } from "../note-unreadable.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import type { Output } from "../output.js";
import { elsewhereSentence } from "../references/other-namespaces.js";
import { placeOf } from "../references/place.js";
import { fit, type Width } from "../render-table.js";
import { oneLine, safeJson } from "../terminal-text.js";

const MIN_NAME_WIDTH = 6;

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
        const { default: widthOf } = await import("string-width");
        for (const root of families) {
          for (const step of walk(root)) await output.text(lineOf(step, chosen, output, widthOf));
        }
        if (families.length > 0) return;
        const elsewhere = await elsewhereSentence(store);
        await output.note(`No session in ${oneLine(placeOf(store))} has a fork.${elsewhere}`);
      });
    });
};

function isFamily({ session, forks }: Lineage): boolean {
  return forks.length > 0 || session.parent !== null;
}

/** `├─ id  title (5 messages, 3 of them shared)`; on a terminal the title gives way, so that the lines stay whole. */
function lineOf(
  { lineage, isLast }: Step,
  chosen: string | null,
  { colors, width }: Output,
  widthOf: Width,
): string {
  const { id, messageCount } = lineage.session;
  const branches = isLast
    .map((last, level) => (level < isLast.length - 1 ? (last ? "   " : "│  ") : last ? "└─ " : "├─ "))
    .join("");
  const facts = ` (${count(messageCount, "message")}${sharedWith(lineage, isLast.length > 0)})`;
  const mark = id === chosen ? "  <" : "";
  const taken = widthOf(`${branches}${oneLine(id)}  ${facts}${mark}`);
  const name = fit(
    nameOf(lineage.session),
    width === null ? Infinity : Math.max(MIN_NAME_WIDTH, width - taken),
    widthOf,
  );
  const shownId = id === chosen ? colors.bold(oneLine(id)) : colors.cyan(oneLine(id));
  return `${colors.dim(branches)}${shownId}${name === "" ? "" : `  ${name}`}${colors.dim(facts)}${mark}`;
}

function sharedWith({ session: { parent } }: Lineage, isBelowParent: boolean): string {
  if (parent === null) return "";
  return isBelowParent
    ? `, ${parent.messageCount} of them shared`
    : `, fork of ${oneLine(parent.id)}, which is not here`;
}
