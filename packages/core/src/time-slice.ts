/** How long one slice may hold the event loop, in milliseconds: well below what a call may, because a slice ends only between two items. */
const SLICE_MS = 8;

/**
 * Keeps a long loop from holding the event loop.
 *
 * @example
 * const slice = new TimeSlice();
 * for (const row of rows) {
 *   if (slice.isOver) await slice.pause();
 *   look(row);
 * }
 */
export class TimeSlice {
  #endsAt = performance.now() + SLICE_MS;

  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Lets everything else that is due run, then begins the next slice. */
  async pause(): Promise<void> {
    await new Promise<void>((resume) => setImmediate(resume));
    this.#endsAt = performance.now() + SLICE_MS;
  }
}
