import { migrate } from "@agent-sessions/core";
import { type Backend, openBackend } from "../open-backend.js";
import { type MemoryUse, memoryUseOf } from "./memory-use.js";

export interface MigrateAllInput {
  readonly source: { readonly backend: Backend; readonly path: string };
  readonly target: { readonly backend: Backend; readonly path: string };
  readonly sessions: number;
}

/** Copies a whole store into another one, and compares every session. */
export async function migrateAll({ source, target, sessions }: MigrateAllInput): Promise<MemoryUse> {
  const from = await openBackend(source.backend, source.path);
  const to = await openBackend(target.backend, target.path, { durability: "relaxed" });
  await from.exists("none");
  return await memoryUseOf(async () => {
    const { verified, failed } = await migrate(from, to);
    if (verified !== sessions)
      throw new Error(`Migrated ${verified} of ${sessions}: ${JSON.stringify(failed)}`);
  });
}
