import { SessionStoreError } from "./session-store-error.js";

/** How often a read begins again before it gives up. */
const MAX_TRIES = 5;

/**
 * Reads the whole of a session, anew when its transcript was truncated or replaced meanwhile.
 *
 * @throws {SessionConflictError} SESSION_CONFLICT when that happens time and again
 */
export async function retryOvertaken<T>(sessionId: string, read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      const isOvertaken = SessionStoreError.is(error, "SESSION_CONFLICT") && error.sessionId === sessionId;
      if (!isOvertaken || tries === MAX_TRIES) throw error;
    }
  }
}
