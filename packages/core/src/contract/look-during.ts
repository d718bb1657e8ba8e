import { eventLoopTurn } from "./event-loop-turn.js";

/** Looks so often before the event loop gets its turn, which timers and disks need. */
const LOOKS_PER_TURN = 20;

/** Looks again and again while a write is under way, and once more when it is over. Rejects with whatever fails first. */
export async function lookDuring(writing: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  let isOver = false;
  const over = writing.finally(() => {
    isOver = true;
  });
  // Reported below; a look that fails meanwhile comes first.
  over.catch(() => undefined);
  while (!isOver) {
    for (let looks = 0; looks < LOOKS_PER_TURN && !isOver; looks++) await look();
    await eventLoopTurn();
  }
  await over;
  await look();
}
