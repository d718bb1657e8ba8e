import { storeOver } from "./backend-session-store.js";
import { InvalidInputError } from "./errors.js";
import type { JsonObject } from "./json-value.js";
import { MemoryBackend } from "./memory-backend.js";
import { createMemoryData, MemoryData } from "./memory-data.js";
import type { OpenBackend } from "./open-store.js";
import type { Message } from "./session.js";
import type { SessionStore } from "./session-store.js";
import { checkOptions, STORE_OPTION_CHECKS, type StoreOptions } from "./store-options.js";

export interface MemorySessionStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends StoreOptions<M, S> {
  /** Shared with other handles, as a folder or a database would be. Default: data of its own. */
  readonly data?: MemoryData | undefined;
}

const CHECKS = {
  ...STORE_OPTION_CHECKS,
  data: (value: unknown): MemoryData => {
    if (value instanceof MemoryData) return value;
    throw new InvalidInputError("INVALID_OPTIONS", "The option data must come from createMemoryData().", {
      path: "data",
    });
  },
};

/**
 * A store in this process's memory: the reference the contract is written against, for tests and for sessions that need not last.
 *
 * @example
 * const store = await openMemorySessionStore();
 * @throws {InvalidInputError} INVALID_OPTIONS
 */
export async function openMemorySessionStore<M extends object = Message, S extends object = JsonObject>(
  options: MemorySessionStoreOptions<M, S> = {},
): Promise<SessionStore<M, S>> {
  const { data, ...storeOptions } = checkOptions("openMemorySessionStore", options, CHECKS);
  return storeOver<M, S>(new MemoryBackend(data ?? createMemoryData()), storeOptions as StoreOptions<M, S>);
}

/** Opens `memory:` for `openStore`; what follows the colon must be empty. */
export const open: OpenBackend = async ({ location, options }) => {
  if (location !== "") {
    throw new InvalidInputError("INVALID_OPTIONS", 'A memory store has no place: use "memory:" alone.', {
      path: "url",
    });
  }
  return await openMemorySessionStore(options);
};
