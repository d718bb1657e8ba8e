/** What a scenario did, and what went wrong in it. All but the first three must be 0, or empty. */
export interface Tally {
  rounds: number;
  /** Processes ended by SIGKILL. */
  kills: number;
  /** Writes that a store acknowledged. */
  acknowledged: number;
  /** Messages acknowledged and not there. */
  lost: number;
  /** Messages there more than once. */
  doubled: number;
  /** Sessions that could not be read. */
  unreadable: number;
  /** What was listed and is no session: temporary files above all. */
  strays: number;
  /** Whatever else was not as it must be, one sentence each. */
  wrong: string[];
}

export const FAULT_COUNTERS: readonly ["lost", "doubled", "unreadable", "strays"] = [
  "lost",
  "doubled",
  "unreadable",
  "strays",
];

export function emptyTally(): Tally {
  return { rounds: 0, kills: 0, acknowledged: 0, lost: 0, doubled: 0, unreadable: 0, strays: 0, wrong: [] };
}

export function isClean(tally: Tally): boolean {
  return tally.wrong.length === 0 && FAULT_COUNTERS.every((counter) => tally[counter] === 0);
}

/** Adds what a process reported. */
export function addTo(tally: Tally, part: Partial<Tally>): void {
  for (const counter of ["rounds", "kills", "acknowledged", ...FAULT_COUNTERS] as const) {
    tally[counter] += part[counter] ?? 0;
  }
  tally.wrong.push(...(part.wrong ?? []));
}
