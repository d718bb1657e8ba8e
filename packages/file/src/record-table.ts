/** A record with live entries. */
export interface RecordRow {
  readonly start: number;
  readonly end: number;
  /** How many of its entries are live; always its first ones. */
  live: number;
  /** The position of its first live entry; known once the table is finished. */
  first: number;
  /** The positions of its first and its last live entry, as its writer saw them. */
  readonly claimedFrom: number;
  claimedTo: number;
}

/**
 * Which entries of which records are live, worked out record by record. For logs whose footers cannot be trusted; six numbers a
 * record.
 *
 * A record's `keep` counts messages as its writer saw them. When somebody took messages out by hand since, those numbers no longer
 * fit, so each record remembers the positions that its writer gave it (`claimed`) beside the entries that are there.
 */
export class RecordTable {
  readonly rows: RecordRow[] = [];
  #claimed = 0;
  /** Whether the footers count the messages as they are. */
  countsFit = true;

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  /** How many messages the last record's writer saw. */
  get claimed(): number {
    return this.#claimed;
  }

  /** How many messages are live. */
  get count(): number {
    return this.rows.reduce((sum, { live }) => sum + live, 0);
  }

  /** @param claimedCount the footer's messageCount; null when there is none that its writer vouches for */
  add(start: number, end: number, keep: number | null, entries: number, claimedCount: number | null): void {
    if (keep !== null) this.#cut(keep);
    const from = this.#claimed + 1;
    const to = claimedCount === null || claimedCount < this.#claimed ? this.#claimed + entries : claimedCount;
    if (to - from + 1 !== entries || (claimedCount !== null && claimedCount !== to)) this.countsFit = false;
    this.#claimed = to;
    if (entries === 0) return;
    this.rows.push({ start, end, live: entries, first: 0, claimedFrom: from, claimedTo: to });
  }

  /** Gives the live entries their positions. */
  finish(): this {
    let next = 1;
    for (const row of this.rows) {
      row.first = next;
      next += row.live;
    }
    return this;
  }

  /** Where in `rows` the one with position `seq` is; -1 when there is none. */
  indexOf(seq: number): number {
    return this.rows.findIndex(({ first, live }) => first + live > seq);
  }

  #cut(keep: number): void {
    if (keep > this.#claimed) this.countsFit = false;
    this.#claimed = keep;
    for (let last = this.rows.at(-1); last !== undefined && last.claimedTo > keep; last = this.rows.at(-1)) {
      if (last.claimedFrom <= keep) {
        last.live = Math.min(last.live, keep - last.claimedFrom + 1);
        last.claimedTo = keep;
        return;
      }
      this.rows.pop();
    }
  }
}
