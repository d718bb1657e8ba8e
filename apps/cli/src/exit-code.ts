import { SessionStoreError, type SessionStoreErrorCode } from "@agent-sessions/core";

/** What the program's exit code says; part of its interface. */
export const EXIT = {
  done: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  corrupted: 5,
  /** Ended by Ctrl-C, as shells report it: 128 + SIGINT; also by SIGTERM and SIGHUP. */
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<SessionStoreErrorCode, number>> = {
  INVALID_SESSION_ID: EXIT.usage,
  INVALID_VALUE: EXIT.usage,
  INVALID_QUERY: EXIT.usage,
  INVALID_OPTIONS: EXIT.usage,
  SESSION_NOT_FOUND: EXIT.notFound,
  SESSION_ALREADY_EXISTS: EXIT.conflict,
  SESSION_CONFLICT: EXIT.conflict,
  SESSION_LOCKED: EXIT.conflict,
  OPERATION_MISMATCH: EXIT.conflict,
  SESSION_CORRUPTED: EXIT.corrupted,
};

/** What databases call damage of their own: it is of no single session, so the store's error is STORE_IO. */
const DAMAGE = /^(?:SQLITE_CORRUPT|XX00[12]$)/;

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (!SessionStoreError.is(error)) return EXIT.failure;
  if (error.code === "STORE_IO" && isDamage(error.cause)) return EXIT.corrupted;
  return BY_CODE[error.code] ?? EXIT.failure;
}

function isDamage(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && DAMAGE.test(String(cause.code));
}
