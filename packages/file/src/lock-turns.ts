/**
 * So long a process may take a lock again and again, in milliseconds, before it looks whether others wait for it. Less costs throughput:
 * each change of hands takes the next one some time to notice.
 */
const TURN_MS = 25;
/** Who leaves a lock alone for so long, in milliseconds, begins a new turn. */
const PAUSE_MS = 25;
/** So many locks' turns are remembered; one that is forgotten begins anew. */
const MAX_TURNS = 256;

interface Turn {
  beganAt: number;
  releasedAt: number;
}

/** By the lock's path; process-wide, as the locks are. */
const turns = new Map<string, Turn>();

/** Whether this process has had a lock for long enough, and should look whether others wait. */
export function isTurnOver(path: string): boolean {
  const turn = turns.get(path);
  if (turn === undefined) return false;
  const now = performance.now();
  return now - turn.releasedAt < PAUSE_MS && now - turn.beganAt > TURN_MS;
}

/** Nobody waits, or those who did have had their turn. */
export function beginTurn(path: string): void {
  turns.delete(path);
}

/** @param takenAt `performance.now()` */
export function noteRelease(path: string, takenAt: number): void {
  const releasedAt = performance.now();
  const turn = turns.get(path);
  if (turn === undefined) {
    const [oldest] = turns.keys();
    if (turns.size >= MAX_TURNS && oldest !== undefined) turns.delete(oldest);
    turns.set(path, { beganAt: takenAt, releasedAt });
  } else {
    if (takenAt - turn.releasedAt >= PAUSE_MS) turn.beganAt = takenAt;
    turn.releasedAt = releasedAt;
  }
}
