import type { SessionStore, SessionSummary } from "@agent-sessions/core";
import { summaries } from "./usage-figures.js";

/** A session and its forks. */
export interface Lineage {
  readonly session: SessionSummary;
  /** The oldest first. */
  readonly forks: Lineage[];
}

/** Every session below the one it was forked from. A fork whose parent is gone stands alone. The newest family comes first. */
export async function lineages(store: SessionStore): Promise<readonly Lineage[]> {
  const byId = new Map<string, Lineage>();
  for await (const session of summaries(store, {})) byId.set(session.id, { session, forks: [] });
  const roots: Lineage[] = [];
  const rooted = new Set<string>();
  for (const lineage of byId.values()) (parentOf(lineage, byId, rooted)?.forks ?? roots).push(lineage);
  for (const { forks } of byId.values())
    forks.sort((a, b) => (a.session.createdAt < b.session.createdAt ? -1 : 1));
  return roots;
}

/** The family that a session belongs to. */
export function familyOf(id: string, roots: readonly Lineage[]): Lineage | undefined {
  return roots.find((root) => [...walk(root)].some(({ lineage }) => lineage.session.id === id));
}

export interface Step {
  readonly lineage: Lineage;
  /** For each level from the root down: whether it is the last of its parent's forks. Empty for the root. */
  readonly isLast: readonly boolean[];
}

/** The family in the order in which it is drawn. However long a chain of forks is, it needs no stack. */
export function* walk(root: Lineage): Generator<Step> {
  const steps: Step[] = [{ lineage: root, isLast: [] }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    yield step;
    const { forks } = step.lineage;
    for (let at = forks.length - 1; at >= 0; at--) {
      const lineage = forks[at];
      if (lineage !== undefined) steps.push({ lineage, isLast: [...step.isLast, at === forks.length - 1] });
    }
  }
}

/**
 * Families as a JSON array, each session with its forks inside it. Without blanks: a chain of forks may be thousands long, which
 * `JSON.stringify` has no stack for, and indenting would make gigabytes of.
 */
export function lineagesAsJson(families: readonly Lineage[]): string {
  const parts: string[] = [];
  /** What is left to write, the next of it last. */
  const rest: (Lineage | string)[] = ["]", ...listed(families), "["];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === "string") {
      parts.push(next);
      continue;
    }
    const { id, title, messageCount, parent } = next.session;
    parts.push(`${JSON.stringify({ id, title, messageCount, parent }).slice(0, -1)},"forks":[`);
    rest.push("]}", ...listed(next.forks));
  }
  return parts.join("");
}

/** With commas between, the last one first. */
function listed(lineages: readonly Lineage[]): readonly (Lineage | string)[] {
  return lineages.flatMap((lineage, index) => (index === 0 ? [lineage] : [",", lineage])).reverse();
}

/** @param rooted sessions that are known to descend from a root; what is found out is added */
function parentOf(
  { session }: Lineage,
  byId: ReadonlyMap<string, Lineage>,
  rooted: Set<string>,
): Lineage | undefined {
  if (session.parent === null) return undefined;
  const parent = byId.get(session.parent.id);
  // An import can make anything name anything: a circle has no root, and would not be shown at all.
  const seen = new Set([session.id]);
  for (let next = parent; next !== undefined && !rooted.has(next.session.id); ) {
    if (seen.has(next.session.id)) return undefined;
    seen.add(next.session.id);
    next = next.session.parent === null ? undefined : byId.get(next.session.parent.id);
  }
  for (const id of seen) rooted.add(id);
  return parent;
}
