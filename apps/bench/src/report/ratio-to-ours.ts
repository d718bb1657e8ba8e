import type { WorkloadAnswer } from "../child/run-workload.js";
import type { PeerResult } from "../peers/compare-peers.js";

/**
 * How many times what our SQLite backend takes: the durable one for stores that flush each write, else the relaxed one. Null for
 * our own stores, and where ours was not measured.
 */
export function ratioToOurs(
  peers: readonly PeerResult[],
  peer: PeerResult,
  figure: keyof WorkloadAnswer,
): number | null {
  if (peer.isOurs) return null;
  const ours = peers.find(({ id }) => id === (peer.isDurable ? "sqlite-durable" : "sqlite-relaxed"));
  return ours === undefined ? null : peer.figures[figure] / ours.figures[figure];
}
