import { type Clause, clauses } from "../../src/contract.js";
import { faultyStores } from "./faulty-stores.js";

/** The text of docs/contract.md: made of the clauses and the faulty stores themselves, so that it cannot say anything else. */
export function contractPage(): string {
  const groups = [...new Set(clauses.map(({ group }) => group))];
  const sections = groups.map((group) => sectionOf(group));
  return [introduction(groups), ...sections, faultTable()].join("\n");
}

/** What each group is about, in one sentence. */
export const ABOUT: Readonly<Record<string, string>> = {
  opening:
    "What a store says about itself, what opening, closing and opening again keep, and what is refused.",
  calls: "What holds for calls on one handle, whatever they do.",
  ids: "Which ids there are. Every legal id is a session of its own, on every backend.",
  namespaces: "Tenants that share a store and see nothing of one another.",
  values: "What goes in comes out, and what cannot is refused before anything is written.",
  create: "Making a session: exclusive, and with its first messages or not at all.",
  save: "Replacing a transcript whole.",
  append: "The call that everything rests on: order, atomicity, usage, retries.",
  update: "Changing titles, labels, metadata and state without losing what others change.",
  truncate: "Dropping the end of a transcript.",
  fork: "A new session from the beginning of another.",
  restore: "Exact copies, for moving and importing.",
  reads: "What reads give, what they refuse, and that they never write.",
  "reads during writes":
    "What readers see while somebody else writes, from another process where there can be one.",
  list: "Finding sessions: order, filters, pages, damage, and an index that is never believed blindly.",
  search: "Finding text: what matches, in which order, and how fresh.",
  delete: "Removing a session, and telling truthfully whether that happened.",
  locks: "Keeping others out while several writes belong together.",
  "crashes and faults": "Torn files, full disks, read-only media, leftovers and permissions.",
  "verify and repair": "Finding damage, and mending it without losing more.",
  processes: "Several processes and threads on the same data, and processes that are killed.",
  backup: "A copy taken while others write.",
  "across backends": "Moving sessions between stores, and errors that are the same everywhere.",
};

function introduction(groups: readonly string[]): string {
  const count = (things: readonly unknown[]): string => things.length.toLocaleString("en");
  return `# The contract

<!-- Generated: pnpm --filter @agent-sessions/core contract:docs -->

Every store of this project keeps the same rules, and so does every store that others build for it. A rule is a
**clause**: one sentence with a stable id. \`@agent-sessions/core/contract\` holds all ${count(clauses)} of them as code that can be run
against any store, under a test runner or without one:

<!-- not run: takes as long as the whole suite, and a test of core runs it -->
\`\`\`ts
import { describe, it } from "node:test"; // or from "vitest", or bun's own
import { bindContract, type ContractHarness, noHooks } from "@agent-sessions/core/contract";
import { createMemoryData, type MemoryData, openMemorySessionStore } from "@agent-sessions/core/memory";

const harness: ContractHarness<MemoryData> = {
  name: "mine",
  capabilities: { durable: false, multiProcess: false, multiHost: false, readOnlyMedia: false },
  create: async () => createMemoryData(),
  open: (data, options) => openMemorySessionStore({ data, ...options }),
  openInProcess: { impossible: "memory belongs to one process" },
  teardown: async () => undefined,
  hooks: noHooks("nothing lies on disk"),
};
bindContract(harness, { describe, it });
\`\`\`

A harness says how a store is opened, and how its data can be damaged behind its back: cut a file short, fill the disk,
forbid a delete. What cannot be done to a store is declared with a reason, and the clauses that need it are reported as
not applicable, never as passed. Some clauses start processes on the same data and kill them;
\`runContract(harness, { rounds })\` says how often (8 times unless told otherwise).

A clause that fails says which clause it is, what was expected, and what came instead. How to get a store of your own
through all of it: [Writing an adapter](writing-an-adapter.md).

**A suite that cannot fail proves nothing.** So it is run against ${count(faultyStores)} stores that each do one thing wrong. For
each of them a test names the clauses that must fail, and fails itself when others do, or when these do not. The tables
below show, for each clause, stores that it catches; the last table shows everything that each faulty store fails.

${groups.map((group) => `- [${group}](#${anchorOf(group)})`).join("\n")}
- [the faulty stores](#the-faulty-stores)
`;
}

function sectionOf(group: string): string {
  const rows = clauses.filter((clause) => clause.group === group).map(rowOf);
  return [
    `## ${group}`,
    "",
    ABOUT[group] ?? "",
    "",
    "| clause | what holds | a store that fails it |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** So many faulty stores are named beside a clause: those that fail the fewest others, which say most about this one. */
const NAMED = 3;

function rowOf({ id, title, requires = [] }: Clause): string {
  const needs = requires.length === 0 ? "" : ` <br>needs ${requires.map((name) => `\`${name}\``).join(", ")}`;
  const killers = faultyStores
    .filter(({ trips }) => trips.includes(id))
    .toSorted((one, other) => one.trips.length - other.trips.length);
  const more = killers.length > NAMED ? `; ${killers.length - NAMED} more` : "";
  const named = killers.slice(0, NAMED).map(({ name }) => plain(name));
  return `| \`${id}\` | ${plain(title)}${needs} | ${named.join("; ")}${more} |`;
}

function faultTable(): string {
  const rows = faultyStores.map(
    ({ name, trips }) => `| ${plain(name)} | ${trips.map((id) => `\`${id}\``).join(", ")} |`,
  );
  return ["## the faulty stores", "", "| a store that … | fails |", "|---|---|", ...rows, ""].join("\n");
}

/** Text that Markdown shows as it is. */
function plain(text: string): string {
  return text.replace(/[\\`*_<>|]/g, (character) => `\\${character}`);
}

function anchorOf(heading: string): string {
  return heading.replaceAll(" ", "-");
}
