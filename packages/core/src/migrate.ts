import type { SessionStore } from "./session-store.js";

export interface MigrateOptions {
  /** Only these. Default: all that hold a session. */
  readonly namespaces?: readonly string[] | undefined;
  /** Compares, and writes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** Ends the migration between two sessions; its reason is thrown unchanged. A later run goes on where this one ended. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each session. */
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined;
}

export interface MigrationProgress {
  readonly namespace: string;
  readonly id: string;
  readonly outcome: "copied" | "unchanged" | "conflict" | "failed";
  /** Sessions done so far, this one included. */
  readonly done: number;
}

export interface MigrationReport {
  /** Sessions written (in a dry run: that would be). */
  readonly copied: number;
  /** Sessions that the target already held, equal to the source by digest. */
  readonly unchanged: number;
  /** Messages in the sessions copied. */
  readonly messages: number;
  /** Sessions read back from the target, with a digest equal to the source's. */
  readonly verified: number;
  /** Ids that the target holds with other content; left as they are. */
  readonly conflicts: readonly { readonly namespace: string; readonly id: string }[];
  /** Sessions that could not be read or written, with the reason. */
  readonly failed: readonly MigrationFailure[];
}

export interface MigrationFailure {
  readonly namespace: string;
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Copies every session of `source` into `target`, exactly, and proves it: each one is read back and compared by SHA-256 digest.
 * Streams in bounded memory, changes nothing in the source, overwrites nothing in the target, and may be run again: what is
 * already there and equal is left alone. A session that fails is reported and the rest goes on.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for an unknown option, before anything is read
 * @throws {StoreClosedError} STORE_CLOSED when one of the stores is closed meanwhile
 */
export async function migrate<M extends object, S extends object>(
  source: SessionStore<M, S>,
  target: SessionStore<M, S>,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  // Loaded only here, as most programs never call it.
  const { runMigration } = await import("./run-migration.js");
  return await runMigration(source, target, options);
}
