import type { SessionSummary } from "./session.js";

/** A label or an item of metadata, as backends file it to find sessions by. */
export type Facet = readonly [kind: string, key: string, value: string];

/** What a session is filed under. A metadata value is its JSON text, so that `1`, `"1"` and `true` differ. */
export function facetsOf(head: Pick<SessionSummary, "labels" | "metadata">): readonly Facet[] {
  return [
    ...head.labels.map((label) => labelFacet(label)),
    ...Object.entries(head.metadata).map(([key, value]) => metadataFacet(key, value)),
  ];
}

export function labelFacet(label: string): Facet {
  return ["label", label, ""];
}

export function metadataFacet(key: string, value: unknown): Facet {
  return ["metadata", key, JSON.stringify(value)];
}
