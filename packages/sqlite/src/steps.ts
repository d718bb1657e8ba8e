/** Work that may be interrupted wherever it yields: others then get a turn of the event loop. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** All of the work at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
