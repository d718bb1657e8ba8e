/** The second that was asked for last, in whole seconds since 1970, and how a time in it begins. */
let lastSecond = Number.NaN;
let lastPrefix = "";

/**
 * A time as `Date.prototype.toISOString` writes it. Of many in the same second all but the first cost next to nothing, where a `Date`
 * takes longer than everything else that a write decides.
 *
 * @param ms milliseconds since 1970, from there to the end of the year 9999
 */
export function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastPrefix = new Date(second * 1000).toISOString().slice(0, -"000Z".length);
    lastSecond = second;
  }
  return `${lastPrefix}${String(Math.floor(ms) - second * 1000).padStart(3, "0")}Z`;
}
