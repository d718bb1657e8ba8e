import { writeSync } from "node:fs";

/**
 * A module hook that says on stdout what is loaded, a URL a line.
 *
 * @type {import("node:module").LoadHook}
 */
export function load(url, context, nextLoad) {
  writeSync(1, `${url}\n`);
  return nextLoad(url, context);
}
