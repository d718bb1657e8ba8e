import type { RunWorkloadInput, WorkloadAnswer } from "../child/run-workload.js";
import { type RowContext, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import { CONTENDERS, type Contender, type Guarantees } from "./contenders.js";
import type { InstalledPeers } from "./install-peers.js";

/** How one store did; as it stands in the JSON of a run. */
export interface PeerResult {
  readonly id: string;
  readonly title: string;
  /** Names with versions; "" for our own. */
  readonly packages: string;
  readonly isOurs: boolean;
  readonly isDurable: boolean;
  readonly guarantees: Guarantees;
  readonly figures: WorkloadAnswer;
}

const MESSAGES = 1000;
const SESSIONS = 10_000;
/** Where a tenth would be too few to list and to read. */
const FEWEST = 100;

/** Runs the same workload on each store, one after the other, each in a fresh process. */
export async function* comparePeers(
  { scratch, scale }: RowContext,
  installed: InstalledPeers,
): AsyncGenerator<PeerResult> {
  for (const contender of CONTENDERS) {
    const input: RunWorkloadInput = {
      source: contender.source(installed.folder),
      folder: scratch.folder(),
      messages: Math.max(FEWEST, scaled(MESSAGES, scale)),
      sessions: Math.max(FEWEST, scaled(SESSIONS, scale)),
    };
    const figures = await runTask<WorkloadAnswer>("runWorkload", input);
    yield toResult(contender, installed, figures);
  }
}

function toResult(contender: Contender, { versions }: InstalledPeers, figures: WorkloadAnswer): PeerResult {
  const { id, title, packages, isOurs, isDurable, guarantees } = contender;
  const named = packages.map((name) => `${name} ${versions[name] ?? "?"}`);
  return { id, title, packages: named.join(", "), isOurs, isDurable, guarantees, figures };
}
