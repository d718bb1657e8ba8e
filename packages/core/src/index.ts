export { digest, type RunningDigest, startDigest } from "./digest.js";
export * from "./errors.js";
export type { JsonObject, JsonValue } from "./json-value.js";
export { messageText } from "./message-text.js";
export { type MigrateOptions, type MigrationProgress, type MigrationReport, migrate } from "./migrate.js";
export {
  type OpenBackend,
  type OpenStoreOptions,
  openStore,
  registerBackend,
  type StoreTarget,
} from "./open-store.js";
export {
  type PlannedSession,
  type PruneOptions,
  type PruneProgress,
  type PruneReport,
  prune,
} from "./prune.js";
export type { PrunePolicy, PruneReason } from "./prune-policy.js";
export type * from "./session.js";
export { snapshotOf } from "./session-snapshot.js";
export type * from "./session-store.js";
export {
  type ErrorOfCode,
  SESSION_STORE_ERROR_CODES,
  SessionStoreError,
  type SessionStoreErrorCode,
  type SessionStoreErrorOptions,
} from "./session-store-error.js";
export type { StandardSchemaV1 } from "./standard-schema.js";
export type { StoreOptions } from "./store-options.js";
