import type { SessionStore, SessionSummary } from "@agent-sessions/core";

/** The most that a list gives at once: a page costs a store of files nearly the same, however long it is. */
const PAGE_SIZE = 1000;

/** A session, and what is typed is looked for in. */
export interface SessionRow {
  readonly session: SessionSummary;
  readonly searchText: string;
}

/** The sessions of a store, pinned ones first, then the newest; read a page at a time, as far as they are wanted. */
export class SessionRows {
  readonly #store: SessionStore;
  readonly #rows: SessionRow[] = [];
  #cursor: string | null | undefined;
  #unreadableCount = 0;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /** Those that were read. */
  get rows(): readonly SessionRow[] {
    return this.#rows;
  }

  /** Whether there are no more than those. */
  get isComplete(): boolean {
    return this.#cursor === null;
  }

  get unreadableCount(): number {
    return this.#unreadableCount;
  }

  async readMore(): Promise<void> {
    if (this.isComplete) return;
    const page = await this.#store.list({
      pinnedFirst: true,
      limit: PAGE_SIZE,
      cursor: this.#cursor ?? undefined,
    });
    for (const session of page.sessions) this.#rows.push({ session, searchText: searchTextOf(session) });
    this.#unreadableCount = page.unreadableCount;
    this.#cursor = page.nextCursor;
  }
}

function searchTextOf({ title, preview, labels, id }: SessionSummary): string {
  return fold([title, preview, ...labels, id].join("\n"));
}

/** The sessions that hold every word of what was typed, in any case, in their title, preview, labels or id. */
export function filterRows(rows: readonly SessionRow[], typed: string): readonly SessionSummary[] {
  const words = fold(typed)
    .split(/\s+/)
    .filter((word) => word !== "");
  return rows
    .filter(({ searchText }) => words.every((word) => searchText.includes(word)))
    .map(({ session }) => session);
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
