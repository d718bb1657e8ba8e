/** Resolves when everything else that is due has run. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
