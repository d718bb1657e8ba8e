import type { SessionStore } from "@agent-sessions/core";
import type { StorageFigures } from "@agent-sessions/sqlite";
import type { CommandContext, Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { forShell } from "../for-shell.js";
import { noteUnreadable } from "../note-unreadable.js";
import { addFilterOptions, type FilterOptions, filterOf } from "../options/session-filter.js";
import type { Output } from "../output.js";
import { otherNamespaces } from "../references/other-namespaces.js";
import { storageFiguresOf } from "../storage-figures.js";
import { oneLine } from "../terminal-text.js";
import { type UsageFigures, type UsageRow, usageFiguresOf } from "../usage-figures.js";
import { usageTable } from "../usage-table.js";

const MEANINGS = {
  data: "sessions and messages",
  index: "indexes, search included",
  wal: "write-ahead log",
  free: "free, for the next writes",
  setAside: "set aside by repair",
  other: "everything else",
} as const;

export const configure: Configure = (command, contextOf) => {
  addFilterOptions(command)
    .addHelpText(
      "after",
      `
What the store takes up counts all namespaces. Days, labels, models and tokens count the sessions of one namespace that pass
the filters: a day is that of the last change, in UTC, and a model is what a session's metadata name as "model".

Examples:
  agent-sessions stats
  agent-sessions stats --updated-after 2026-01-01 --label auth`,
    )
    .action(async (options: FilterOptions) => {
      const context = contextOf(command);
      await context.withStore(async (store) => await stats(store, options, context));
    });
};

async function stats(store: SessionStore, options: FilterOptions, context: CommandContext): Promise<void> {
  const { output } = context;
  const storage = await storageFiguresOf(store);
  const filter = await filterOf(options, store, context);
  const usage = await usageFiguresOf(store, filter);
  const unreadable = await noteUnreadable(store, filter, output);
  const { backend, location, namespace } = store;
  const others = await otherNamespaces(store);
  if (output.isJson)
    return await output.document({
      backend,
      location,
      ...storage,
      namespace,
      otherNamespaces: others,
      usage: { ...usage, unreadable },
    });
  const lines: readonly Line[] = [
    ["store", `${backend}:${oneLine(location)}`],
    ...(namespace === "" ? [] : [["namespace", oneLine(namespace)] as const]),
    ...(others.length === 0 ? [] : [["other namespaces", namesOf(others)] as const]),
    ["sessions", String((storage ?? usage).sessions)],
    ["messages", String((storage ?? usage).messages)],
    ...(storage === null ? [] : spaceLines(storage)),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, value] of lines) await output.text(`${name.padEnd(width)}  ${value}`);
  await printUsage(usage, output);
}

/** As --namespace takes them. */
function namesOf(namespaces: readonly string[]): string {
  return namespaces.map((name) => oneLine(forShell(name))).join(", ");
}

type Line = readonly [name: string, value: string];

function spaceLines({ bytes }: StorageFigures): readonly Line[] {
  const total = Object.values(bytes).reduce((sum, size) => sum + size, 0);
  return [
    ...Object.entries(MEANINGS).map(
      ([kind, meaning]): Line => [meaning, sizeText(bytes[kind as keyof typeof bytes])],
    ),
    ["in all", sizeText(total)],
  ];
}

async function printUsage({ days, labels, models, counters }: UsageFigures, output: Output): Promise<void> {
  for (const [header, noun, rows, most] of [
    ["DAY (UTC)", "older day", days, SHOWN_DAYS],
    ["LABEL", "label", labels, SHOWN_NAMES],
    ["MODEL", "model", models, SHOWN_NAMES],
  ] as const satisfies readonly (readonly [string, string, readonly UsageRow[], number])[]) {
    if (rows.length === 0) continue;
    await output.text(`\n${await usageTable(header, rows.slice(0, most), output)}`);
    const more = rows.length - most;
    if (more > 0) await output.text(output.colors.dim(`and ${count(more, noun)}, which --json shows`));
  }
  const spent = Object.entries(counters).filter(([, total]) => total > 0);
  if (spent.length === 0) return;
  await output.text(`\n${output.colors.dim("TOKENS AND OTHER COUNTERS")}`);
  const width = Math.max(...spent.map(([name]) => oneLine(name).length));
  for (const [name, total] of spent) await output.text(`${oneLine(name).padEnd(width)}  ${total}`);
}

/** Days with a session; `--json` has all. */
const SHOWN_DAYS = 14;
const SHOWN_NAMES = 20;

/** `1.5 MiB`; in whole bytes below 1 KiB. */
function sizeText(bytes: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let [size, unit] = [bytes, ""];
  while (size >= 1024 && units.length > 0) [size, unit] = [size / 1024, units.shift() ?? ""];
  return unit === "" ? `${size} bytes` : `${size.toFixed(1)} ${unit}`;
}
