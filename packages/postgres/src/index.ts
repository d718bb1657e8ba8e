export type { PostgresPool } from "./postgres-driver.js";
export {
  open,
  openPostgresSessionStore,
  type PostgresSessionStoreOptions,
} from "./postgres-session-store.js";
