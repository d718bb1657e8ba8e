/** What names a session, in the help of every command that takes one. */
export const SESSION_ARGUMENT =
  "the session: its id, the beginning of its id, or latest (the newest with a message)";
