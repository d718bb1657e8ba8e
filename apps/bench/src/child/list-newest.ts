import { type Backend, loadBackend } from "../open-backend.js";

export interface ListNewestInput {
  readonly backend: Backend;
  readonly path: string;
  readonly limit: number;
}

export interface ListNewestAnswer {
  /** From before the backend was loaded. */
  readonly fromImportMs: number;
  /** From after it was loaded. */
  readonly fromOpenMs: number;
}

/** Opens a store and lists its newest sessions. */
export async function listNewest({ backend, path, limit }: ListNewestInput): Promise<ListNewestAnswer> {
  const startedAt = performance.now();
  const open = await loadBackend(backend);
  const loadedAt = performance.now();
  const store = await open(path);
  const { sessions } = await store.list({ limit });
  const endedAt = performance.now();
  if (sessions.length === 0) throw new Error("Listed no session.");
  return { fromImportMs: endedAt - startedAt, fromOpenMs: endedAt - loadedAt };
}
