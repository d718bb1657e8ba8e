import { timed } from "../measure-sides.js";
import { type Backend, loadBackend } from "../open-backend.js";
import { peakMemoryMB } from "./memory-use.js";

export interface ReadHeadInput {
  readonly backend: Backend;
  readonly path: string;
  readonly id: string;
}

export interface ReadHeadAnswer {
  readonly milliseconds: number;
  /** The most memory that the whole process ever held, in MB. */
  readonly peakMB: number;
}

/** Opens a store and reads the head of one session, with everything loaded before. */
export async function readHead({ backend, path, id }: ReadHeadInput): Promise<ReadHeadAnswer> {
  const open = await loadBackend(backend);
  const milliseconds = await timed(async () => {
    const store = await open(path);
    await store.head(id);
  });
  return { milliseconds, peakMB: peakMemoryMB() };
}
