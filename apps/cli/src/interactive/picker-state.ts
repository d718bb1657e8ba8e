import type { SessionSummary } from "@agent-sessions/core";
import { filterRows, type SessionRow } from "./session-rows.js";

/** What was typed, which sessions match it, and which of them is chosen. */
export class PickerState {
  #rows: readonly SessionRow[] = [];
  #filter = "";
  #matches: readonly SessionSummary[] = [];
  #chosen = 0;
  #top = 0;

  get filter(): string {
    return this.#filter;
  }

  get matches(): readonly SessionSummary[] {
    return this.#matches;
  }

  /** The position of the chosen one among the matches. */
  get chosen(): number {
    return this.#chosen;
  }

  get session(): SessionSummary | undefined {
    return this.#matches[this.#chosen];
  }

  /** Takes what the store holds now; the chosen session, or the one of `id`, stays chosen where it is still among them. */
  setRows(rows: readonly SessionRow[], id: string | undefined = this.session?.id): void {
    this.#rows = rows;
    this.#matches = filterRows(rows, this.#filter);
    const position = this.#matches.findIndex((session) => session.id === id);
    this.#chosen = position >= 0 ? position : Math.min(this.#chosen, Math.max(0, this.#matches.length - 1));
  }

  /** Typing begins at the best match again: the first. */
  setFilter(filter: string): void {
    if (filter === this.#filter) return;
    this.#filter = filter;
    this.#matches = filterRows(this.#rows, filter);
    this.#chosen = 0;
    this.#top = 0;
  }

  type(text: string): void {
    this.setFilter(this.#filter + text);
  }

  eraseCharacter(): void {
    const segments = [...new Intl.Segmenter().segment(this.#filter)];
    this.setFilter(this.#filter.slice(0, segments.at(-1)?.index ?? 0));
  }

  eraseWord(): void {
    this.setFilter(this.#filter.replace(/\S*\s*$/, ""));
  }

  move(by: number): void {
    this.#chosen = Math.max(0, Math.min(this.#chosen + by, this.#matches.length - 1));
  }

  /** The matches on `height` lines, moved as little as shows the chosen one. */
  visible(height: number): { readonly top: number; readonly sessions: readonly SessionSummary[] } {
    this.#top = Math.max(Math.min(this.#top, this.#chosen), this.#chosen - height + 1);
    this.#top = Math.max(0, Math.min(this.#top, this.#matches.length - height));
    return { top: this.#top, sessions: this.#matches.slice(this.#top, this.#top + height) };
  }
}
