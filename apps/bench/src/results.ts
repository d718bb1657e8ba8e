import type { Curve } from "./curve.js";
import type { Machine } from "./machine.js";
import { PARTS, type Part } from "./options.js";
import type { PeerResult } from "./peers/compare-peers.js";
import type { Scale } from "./row.js";
import type { Table } from "./table.js";
import type { RowResult } from "./verdict.js";

/** When a part was measured, on what, and at which size. */
export interface Measurement {
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly scale: Scale;
}

/** All that was measured; what `--json` and `--report` write. Parts that were not asked for are empty. */
export interface Results {
  readonly measured: Readonly<Partial<Record<Part, Measurement>>>;
  readonly budget: readonly RowResult[];
  readonly curves: readonly Curve[];
  readonly tables: readonly Table[];
  readonly peers: readonly PeerResult[];
}

/** The results with the parts that were measured anew in place of older ones. */
export function replaceParts(older: Results, anew: Results): Results {
  const parts = PARTS.filter((part) => anew.measured[part] !== undefined);
  const replaced = Object.fromEntries(parts.map((part) => [part, anew[part]]));
  return { ...older, ...replaced, measured: { ...older.measured, ...anew.measured } };
}
