/** The longest time that a call goes on trying for while the server cannot be reached, in milliseconds. */
export const MAX_RETRY_TIMEOUT_MS = 3_600_000;
