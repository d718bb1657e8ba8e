import type { SearchQuery, SessionStore } from "../session-store.js";
import { collect } from "./collect.js";

/** The hits as `id position` or `id title`, in their order. */
export async function hitsOf(store: SessionStore, text: string, query?: SearchQuery): Promise<string[]> {
  const found = await collect(store.search(text, query));
  return found.map(({ id, seq }) => `${id} ${seq ?? "title"}`);
}
