import type { ClassicLevel } from "classic-level";
import type { KeyRange } from "./keys.js";

/** A batch ends at so many records, or so many bytes: parsing it stays well below 20 ms, and memory is bounded. */
const BATCH_RECORDS = 256;
const BATCH_BYTES = 256 * 1024;

export type Snapshot = ReturnType<ClassicLevel["snapshot"]>;

export interface ReadOptions extends Partial<KeyRange> {
  /** Without one, the iterator takes a snapshot of its own. */
  readonly snapshot?: Snapshot;
  readonly reverse?: boolean;
}

/** The records of a range of keys, as they were at one moment. */
export async function* readBatches(
  level: ClassicLevel,
  options: ReadOptions,
): AsyncGenerator<readonly (readonly [key: string, value: string])[], void, undefined> {
  const iterator = level.iterator({ ...options, highWaterMarkBytes: BATCH_BYTES });
  try {
    for (;;) {
      const batch = await iterator.nextv(BATCH_RECORDS);
      if (batch.length === 0) return;
      yield batch;
    }
  } finally {
    await iterator.close();
  }
}
