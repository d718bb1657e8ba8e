import type { Curve } from "./curve.js";
import type { Machine } from "./machine.js";
import type { PeerResult } from "./peers/compare-peers.js";
import type { Scale } from "./row.js";
import type { Table } from "./table.js";
import type { RowResult } from "./verdict.js";

/** All that a run measured; what `--json` writes. Parts that were not asked for are empty. */
export interface Results {
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly scale: Scale;
  readonly budget: readonly RowResult[];
  readonly curves: readonly Curve[];
  readonly tables: readonly Table[];
  readonly peers: readonly PeerResult[];
}
