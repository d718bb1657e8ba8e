import type { SessionStore } from "@agent-sessions/core";
import type { StorageFigures } from "@agent-sessions/sqlite";

/** How each backend that keeps files counts what it takes up. */
const COUNTERS: Readonly<Record<string, (path: string) => Promise<StorageFigures>>> = {
  json: async (path) => await (await import("@agent-sessions/json")).storageFigures(path),
  yaml: async (path) => await (await import("@agent-sessions/yaml")).storageFigures(path),
  sqlite: async (path) => await (await import("@agent-sessions/sqlite")).storageFigures(path),
};

/** What a store takes up; null for a store that keeps no files of its own, or of a backend that does not come along. */
export async function storageFiguresOf(store: SessionStore): Promise<StorageFigures | null> {
  const countIn = Object.hasOwn(COUNTERS, store.backend) ? COUNTERS[store.backend] : undefined;
  return countIn === undefined || store.location === ":memory:" ? null : await countIn(store.location);
}
