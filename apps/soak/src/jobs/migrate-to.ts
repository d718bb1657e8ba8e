import { type MigrationReport, migrate } from "@agent-sessions/core";
import type { ProcessOpener } from "@agent-sessions/core/contract";
import type { Job } from "../job.js";

/** Copies the store into another one, telling each session that is done. */
export const migrateTo: Job<{ readonly target: ProcessOpener }, MigrationReport> = async (
  { store, open, tell },
  parameters,
) => {
  const target = await open(parameters.target);
  try {
    return await migrate(store, target, { onProgress: ({ id }) => void tell({ migrated: id }) });
  } finally {
    await target.close();
  }
};
