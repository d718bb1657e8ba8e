import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import type { ClassicLevel } from "classic-level";
import { useDatabase } from "./level-database.js";
import { readBatches } from "./read-batches.js";

/**
 * Copies what the database holds at this moment into a folder of its own, which gets its name when it is complete.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when there is something at the target already
 */
export async function backUpDatabase(level: ClassicLevel | null, target: string): Promise<void> {
  const place = resolve(target);
  if (existsSync(place)) {
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `There is something at ${place} already. Back up to a new place.`,
      {
        path: "target",
      },
    );
  }
  const staged = `${place}.${randomUUID()}.new`;
  try {
    const copy = useDatabase(staged);
    try {
      await copy.commit([]);
      if (level !== null) {
        for await (const batch of readBatches(level, {})) {
          await copy.commit(batch.map(([key, value]) => ({ type: "put", key, value })));
        }
      }
    } finally {
      await copy.release();
    }
    await rename(staged, place);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
}
