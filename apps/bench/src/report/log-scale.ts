/** Places on a logarithmic axis. */
export interface LogScale {
  readonly ticks: readonly number[];
  /** Where a value lies, from 0 to 1. */
  position(value: number): number;
}

/** A scale over whole decades that holds all values, which must be above 0. */
export function logScale(values: readonly number[]): LogScale {
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  return { ticks, position: (value) => (Math.log10(value) - first) / (last - first) };
}
