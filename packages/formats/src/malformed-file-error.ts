/** A file breaks the rules of its format. Internal: readers turn it into an `Unreadable`. */
export class MalformedFileError extends Error {
  /** 1-based; null when the fault has no line. */
  readonly line: number | null;

  constructor(reason: string, options: { readonly line?: number | null; readonly cause?: unknown } = {}) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MalformedFileError";
    this.line = options.line ?? null;
  }
}

/** An error that is one of these. @throws any other one, unchanged */
export function asMalformed(error: unknown): MalformedFileError {
  if (error instanceof MalformedFileError) return error;
  throw error;
}
