const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?[ \t]*(?:Z|z|([-+])(\d\d?)(?::?(\d\d))?)?)?$/;

/**
 * A time as our heads hold it (ISO 8601, UTC, milliseconds; finer digits are cut off), or null when the text is none. Reads ISO 8601
 * and the timestamps of YAML 1.1; a time without a zone counts as UTC, a date as its midnight.
 *
 * @see https://yaml.org/type/timestamp.html
 */
export function isoTime(text: string): string | null {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return null;
  const [
    ,
    year,
    month,
    day,
    hour = "0",
    minute = "0",
    second = "0",
    fraction = "",
    sign,
    zoneHour = "0",
    zoneMinute = "0",
  ] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, "0")));
  // setUTC… carries a 31st of February over into March: no such time was meant.
  const isReal =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour);
  if (!isReal) return null;
  const offsetMs = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000;
  const iso = new Date(date.getTime() - (sign === "-" ? -offsetMs : offsetMs)).toISOString();
  return iso.length === 24 ? iso : null;
}
