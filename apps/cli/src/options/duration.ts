import { InvalidArgumentError } from "commander";

const UNITS_MS: Readonly<Record<string, number>> = {
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A length of time as people write it, such as `30d`, in milliseconds, as commander reads it from an argument. */
export function duration(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,6})(min|h|d|w)$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new InvalidArgumentError("It must be a number with min, h, d or w, such as 30d or 12h.");
}
