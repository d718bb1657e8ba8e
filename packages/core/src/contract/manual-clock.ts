/** A clock that stands until it is set: times in tests are data. */
export interface ManualClock {
  /** To be passed as the store's `clock`. */
  readonly read: () => number;
  /** Moves it, backwards too, and returns the new time as ISO text. */
  advance(milliseconds: number): string;
  iso(): string;
}

/** Starts at a fixed moment in 2026. */
export function createManualClock(): ManualClock {
  let now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const iso = (): string => new Date(now).toISOString();
  return {
    read: () => now,
    iso,
    advance: (milliseconds) => {
      now += milliseconds;
      return iso();
    },
  };
}
