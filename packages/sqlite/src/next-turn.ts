/** Lets everything else that is due run. By hand: `node:timers/promises` would be loaded for this alone. */
export function nextTurn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
