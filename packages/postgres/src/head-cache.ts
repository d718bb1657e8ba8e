import type { SessionKey } from "@agent-sessions/core/backend";
import type { SessionRow } from "./head-row.js";

/** How many sessions are remembered, and how long their JSON may be, in UTF-16 code units: at most 32 MiB of it in all. */
const MAX_ROWS = 1024;
const MAX_CHARACTERS = 16 * 1024;

/**
 * The rows that this process has seen last, so that a write to one of them need not be preceded by a read. Nothing is believed of
 * them: the server compares the version before it writes.
 */
export class HeadCache {
  readonly #rows = new Map<string, SessionRow>();

  get({ namespace, id }: SessionKey): SessionRow | undefined {
    return this.#rows.get(`${namespace}\n${id}`);
  }

  /** @param row null: there is no such session */
  put({ namespace, id }: SessionKey, row: SessionRow | null): void {
    const name = `${namespace}\n${id}`;
    // Behind the others: the first is the one that was not used for the longest time.
    this.#rows.delete(name);
    if (row === null || charactersOf(row) > MAX_CHARACTERS) return;
    this.#rows.set(name, row);
    if (this.#rows.size <= MAX_ROWS) return;
    for (const oldest of this.#rows.keys()) {
      this.#rows.delete(oldest);
      return;
    }
  }
}

function charactersOf({ columns }: SessionRow): number {
  const { state, metadata, labels, usage, extra, title } = columns;
  return state.length + metadata.length + labels.length + usage.length + extra.length + title.length;
}
