/** How far a piece of work has come, as programs read it. */
export interface ProgressFacts {
  readonly done: number;
  /** Null when nobody knows. */
  readonly total: number | null;
  /** Over the last seconds. */
  readonly perSecond: number;
  /** Null when nobody knows how much work there is, or it has only begun. */
  readonly secondsLeft: number | null;
  /** The share of the work that is done, 0 to 1; null when nobody knows how much there is. */
  readonly fraction: number | null;
}

/** What the rate is taken over, in milliseconds: long enough to be steady, short enough to follow a disk that gets slower. */
const WINDOW_MS = 10_000;
/** Before that, in milliseconds, a rate would be a guess. */
const WARM_UP_MS = 500;
/** The longest history, in steps. */
const MAX_SAMPLES = 200;

interface Sample {
  readonly at: number;
  readonly done: number;
  readonly work: number;
}

/** Counts steps and knows their rate. */
export class ProgressMeter {
  /** Steps. Null when nobody knows. */
  total: number | null;
  readonly #totalWork: number | null;
  readonly #clock: () => number;
  readonly #startedAt: number;
  /** Some past moments within the window, the oldest first. */
  readonly #samples: Sample[];
  #done = 0;
  #work = 0;

  /**
   * @param totalWork where steps are not alike, or cannot be counted in advance: how much work there is, in any unit. Null: a step is one
   * @param clock milliseconds, never going back
   */
  constructor(
    total: number | null,
    totalWork: number | null = null,
    clock: () => number = () => performance.now(),
  ) {
    this.total = total;
    this.#totalWork = totalWork;
    this.#clock = clock;
    this.#startedAt = clock();
    this.#samples = [{ at: this.#startedAt, done: 0, work: 0 }];
  }

  /** @param work how much of the work was done since the last step */
  step(work = 1): void {
    this.#done++;
    this.#work += work;
    const now = this.#clock();
    const last = this.#samples.at(-1);
    if (last === undefined || now - last.at >= WINDOW_MS / MAX_SAMPLES)
      this.#samples.push({ at: now, done: this.#done, work: this.#work });
    while ((this.#samples[1]?.at ?? now) < now - WINDOW_MS) this.#samples.shift();
  }

  get facts(): ProgressFacts {
    const now = this.#clock();
    const oldest = this.#samples[0] ?? { at: this.#startedAt, done: 0, work: 0 };
    const seconds = (now - oldest.at) / 1000;
    const perSecond = seconds > 0 ? (this.#done - oldest.done) / seconds : 0;
    const workRate = seconds > 0 ? (this.#work - oldest.work) / seconds : 0;
    const totalWork = this.#totalWork ?? this.total;
    const isWarm = now - this.#startedAt >= WARM_UP_MS && workRate > 0;
    const left = totalWork === null ? null : Math.max(0, totalWork - this.#work);
    return {
      done: this.#done,
      total: this.total,
      perSecond: Number(perSecond.toPrecision(3)),
      secondsLeft: isWarm && left !== null ? Math.ceil(left / workRate) : null,
      fraction: totalWork === null || totalWork === 0 ? null : Math.min(1, this.#work / totalWork),
    };
  }
}
