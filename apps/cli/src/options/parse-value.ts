import { InvalidInputError, type JsonValue, type Metadata } from "@agent-sessions/core";
import { InvalidArgumentError } from "commander";
import { parseExactJson } from "./parse-exact-json.js";

/** A whole number of at least `min`, as commander reads it from an argument. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
  };
}

/**
 * A date or time as people write it, such as `2026-01-31` or `2026-01-31T12:00Z`, in the form that queries take. Without a zone it is local, as
 * the times that are shown are; a date alone is its local midnight, which `Date` would take for UTC's. A day that the month does not have is
 * refused: `Date` would carry it over into the next one. What `show` prints, such as `2026-01-31 13:00 +01:00`, is taken too.
 */
export function time(typed: string): string {
  const text = typed
    .replace(/^(\S+) (?=\d\d:\d\d)/, "$1T")
    .replace(/ UTC$/, "Z")
    .replace(/ (?=[+-]\d\d:\d\d$)/, "");
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)(?:-(\d\d))?(?:$|T(.*))/.exec(text) ?? [];
  const date = new Date(clock === undefined ? `${year}-${month}-${day ?? "01"}T00:00` : text);
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (!Number.isNaN(date.getTime()) && Number(day ?? 1) <= daysInMonth) return date.toISOString();
  throw new InvalidArgumentError(
    "It must be a date or time in ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00Z; without a zone it is local.",
  );
}

/**
 * True, false, or undefined for neither, out of an option and its opposite.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for both: obeying one would drop the other in silence
 */
export function eitherOr<Name extends string>(
  options: { readonly [name in Name]?: unknown },
  yes: Name,
  no: Name,
): boolean | undefined {
  if (options[yes] === undefined) return options[no] === undefined ? undefined : false;
  if (options[no] === undefined) return true;
  const [first, second] = [flag(yes), flag(no)];
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `The options ${first} and ${second} contradict each other. Leave one out.`,
    { path: second },
  );
}

/** `notPinned` as it is typed: `--not-pinned`. */
function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Who speaks, as commander reads it from an argument. */
export function role(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("It must say who speaks, such as user, assistant, system or tool.");
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/**
 * `key=value` pairs as metadata. A value is a text, unless it is written exactly as JSON writes a number, true, false or null; a text that
 * looks like one of these stands in JSON's quotes.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for a pair without `=`
 */
export function metadata(pairs: readonly string[]): Metadata {
  return Object.fromEntries(
    pairs.map((pair): [string, string | number | boolean | null] => {
      const [key, text] = splitPair(pair, "--meta");
      const value = parseJson(() => JSON.parse(text) as JsonValue);
      const isScalar = value !== undefined && (value === null || typeof value !== "object");
      return [key, isScalar && JSON.stringify(value) === text ? value : text];
    }),
  );
}

/** `counter=number` pairs as usage. @throws {InvalidInputError} INVALID_OPTIONS */
export function usage(pairs: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    pairs.map((pair): [string, number] => {
      const [name, text] = splitPair(pair, "--usage");
      if (!/^\d+$/.test(text))
        throw invalidPair("--usage", pair, "needs a whole number behind the equals sign");
      if (!Number.isSafeInteger(Number(text)))
        throw invalidPair("--usage", pair, "is too large to be counted exactly");
      return [name, Number(text)];
    }),
  );
}

/**
 * `path=value` as a path into the state and its value: JSON, or else a text.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for a pair without `=`, or JSON that is not finished; INVALID_VALUE for a number that cannot be kept
 */
export function assignment(pair: string): readonly [path: string, value: JsonValue] {
  const [path, text] = splitPair(pair, "--set");
  const value = parseJson(() => parseExactJson(text, "--set"));
  // What sets out to be JSON is not taken for a text just because a bracket is missing.
  if (value === undefined && /^\s*[[{"]/.test(text))
    throw invalidPair("--set", pair, "begins like JSON and is not valid JSON");
  return [path, value ?? (value === null ? null : text)];
}

function splitPair(pair: string, option: keyof typeof EXAMPLES): readonly [key: string, text: string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw invalidPair(option, pair, "needs the form key=value");
}

/** Undefined for what is not JSON: the caller decides whether a text was meant. */
function parseJson(parse: () => JsonValue): JsonValue | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const EXAMPLES = {
  "--meta": "--meta topic=login",
  "--set": "--set workflow.step=review",
  "--usage": "--usage outputTokens=96",
} as const;

function invalidPair(option: keyof typeof EXAMPLES, pair: string, rule: string): InvalidInputError {
  return new InvalidInputError(
    "INVALID_OPTIONS",
    `The option ${option} ${JSON.stringify(pair)} ${rule}. Type, for example, ${EXAMPLES[option]}.`,
    {
      path: option,
    },
  );
}
