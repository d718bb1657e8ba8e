/** A figure with three significant digits and its unit; a time below a tenth of a millisecond in microseconds. */
export function formatFigure(value: number, unit: string): string {
  if (unit === "ms" && value < 0.1) return `${threeDigits(value * 1000)} µs`;
  if (unit === "ms" && value >= 10_000) return `${threeDigits(value / 1000)} s`;
  return `${threeDigits(value)} ${unit}`;
}

/** A ratio with two digits behind the point, or three significant ones. */
export function formatRatio(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : threeDigits(ratio)} ×`;
}

function threeDigits(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value === 0 ? "0" : Number(value.toPrecision(3)).toString();
}
