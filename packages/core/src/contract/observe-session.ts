import type { SessionStore } from "../session-store.js";
import { collect } from "./collect.js";

/** All that the reads of a store say about a session: equal before and after whatever must not change it. */
export interface Observation {
  readonly exists: boolean;
  readonly head: unknown;
  readonly load: unknown;
  readonly entries: unknown;
  readonly row: unknown;
}

export async function observe(store: SessionStore, id: string): Promise<Observation> {
  const exists = await store.exists(id);
  const { sessions, unreadable } = await store.list({ ids: [id] });
  if (!exists) return { exists, head: null, load: null, entries: null, row: [...sessions, ...unreadable] };
  // A copy: an observation must not change when the store hands out, or keeps, what it has returned before.
  return structuredClone({
    exists,
    head: await store.head(id),
    load: await store.load(id),
    entries: await collect(store.messages(id)),
    row: [...sessions, ...unreadable],
  });
}

/** All that a store holds in its namespace, session by session in the order of ids. */
export async function observeAll(store: SessionStore): Promise<readonly Observation[]> {
  const all: Observation[] = [];
  for (const id of await idsIn(store)) all.push(await observe(store, id));
  return all;
}

/** Every id a list shows, in the order of ids. */
export async function idsIn(store: SessionStore): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.list({ orderBy: "id", limit: 1000, ...(cursor === null ? {} : { cursor }) });
    ids.push(...page.sessions.map((session) => session.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}
