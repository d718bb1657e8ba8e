import { InvalidInputError, type SessionStore } from "@agent-sessions/core";
import type { StorageFigures } from "@agent-sessions/sqlite";

/** How each backend that keeps files counts what it takes up. */
const COUNTERS: Readonly<Record<string, (path: string) => Promise<StorageFigures>>> = {
  json: async (path) => await (await import("@agent-sessions/json")).storageFigures(path),
  yaml: async (path) => await (await import("@agent-sessions/yaml")).storageFigures(path),
  sqlite: async (path) => await (await import("@agent-sessions/sqlite")).storageFigures(path),
};

/** What a store takes up. @throws {InvalidInputError} INVALID_OPTIONS for a store that keeps no files of its own */
export async function storageFiguresOf(store: SessionStore): Promise<StorageFigures> {
  const countIn = Object.hasOwn(COUNTERS, store.backend) ? COUNTERS[store.backend] : undefined;
  if (countIn !== undefined && store.location !== ":memory:") return await countIn(store.location);
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `The space that a ${store.backend} store takes at ${store.location} cannot be counted: only files of ${Object.keys(COUNTERS).join(", ")} stores can. Name one with --store.`,
    { path: "store", location: store.location },
  );
}
