/** How long work may go on before it gives the event loop back, in milliseconds. */
const SLICE_MS = 8;

/** Cuts long work into slices: `if (breather.isDue) await breather.breathe()`. */
export class Breather {
  #sliceEnd = performance.now() + SLICE_MS;

  get isDue(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  async breathe(): Promise<void> {
    await new Promise<void>((resume) => setImmediate(resume));
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}
