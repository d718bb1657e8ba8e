import { type Backend, openBackend } from "../open-backend.js";
import { type MemoryUse, memoryUseOf } from "./memory-use.js";

export interface ListAllInput {
  readonly backend: Backend;
  readonly path: string;
  readonly sessions: number;
}

const PAGE = 1000;

/** Lists all sessions of a store, page by page. */
export async function listAll({ backend, path, sessions }: ListAllInput): Promise<MemoryUse> {
  const store = await openBackend(backend, path);
  await store.exists("none");
  return await memoryUseOf(async () => {
    let listed = 0;
    let cursor: string | undefined;
    do {
      const page = await store.list({ limit: PAGE, cursor });
      listed += page.sessions.length;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    if (listed !== sessions) throw new Error(`Listed ${listed} of ${sessions} sessions.`);
  });
}
