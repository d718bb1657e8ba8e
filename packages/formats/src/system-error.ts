/** Whether the file system refused. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}

/** The code that the file system gave, such as `ENOENT`; undefined for any other error. */
export function systemCodeOf(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined;
}

/** An error's message; anything else that was thrown, as a text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file cannot be read, to follow its path. */
export function ioReason(error: unknown): string {
  return systemCodeOf(error) === "ENOENT" ? "does not exist" : `cannot be read: ${messageOf(error)}`;
}
