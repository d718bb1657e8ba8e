/** A newer major is refused; a newer minor opens, and what it added is left alone. */
export const SCHEMA_MAJOR = 1;
export const SCHEMA_MINOR = 0;

/** The table that shows that the others are ours; its one row holds the version. */
export const STORE_TABLE = "agent_sessions_store";
