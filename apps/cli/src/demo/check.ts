import { isDeepStrictEqual } from "node:util";

/** An answer of a store that is not what it has to be. */
class WrongAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WrongAnswerError";
  }
}

/** @throws {WrongAnswerError} unless both are deeply equal */
export function checkEqual(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new WrongAnswerError(`${what}: expected ${brief(expected)}, got ${brief(actual)}`);
}

/** @throws {WrongAnswerError} unless `promise` rejects with that code */
export async function checkRejects(what: string, promise: Promise<unknown>, code: string): Promise<void> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  const actual = error === null ? "no error" : ((error as { readonly code?: unknown }).code ?? String(error));
  checkEqual(what, actual, code);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}
