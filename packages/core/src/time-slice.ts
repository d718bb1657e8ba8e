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
  // Not `performance.now`, for which Node loads ten modules of its own when it is first used: that takes 2 ms.
  #begunAt = Date.now();

  get isOver(): boolean {
    const passedMs = Date.now() - this.#begunAt;
    // A clock that somebody sets back meanwhile ends it as well.
    return passedMs >= SLICE_MS || passedMs < 0;
  }

  /** Lets everything else that is due run, then begins the next slice. */
  async pause(): Promise<void> {
    await new Promise<void>((resume) => setImmediate(resume));
    this.#begunAt = Date.now();
  }
}
