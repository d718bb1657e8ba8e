/**
 * Which entries of which records are live, worked out record by record. For logs whose footers cannot be trusted; four numbers a
 * record.
 *
 * A record's `keep` counts messages as its writer saw them. When somebody took messages out by hand since, those numbers no longer
 * fit, so each record remembers the positions that its writer gave it (`claimed`) beside the entries that are there.
 */
export class RecordTable {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** How many of the record's entries are live; always its first ones. */
  readonly live: number[] = [];
  /** The position of the record's first live entry. */
  readonly first: number[] = [];
  readonly #claimedFrom: number[] = [];
  readonly #claimedTo: number[] = [];
  #claimed = 0;
  /** Whether the footers count the messages as they are. */
  countsFit = true;

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  /** How many messages the last record's writer saw. */
  get claimed(): number {
    return this.#claimed;
  }

  /** How many messages are live. */
  get count(): number {
    return this.live.reduce((sum, live) => sum + live, 0);
  }

  /** @param claimedCount the footer's messageCount; null when there is none that its writer vouches for */
  add(start: number, end: number, keep: number | null, entries: number, claimedCount: number | null): void {
    if (keep !== null) this.#cut(keep);
    const from = this.#claimed + 1;
    const to = claimedCount === null || claimedCount < this.#claimed ? this.#claimed + entries : claimedCount;
    if (to - from + 1 !== entries || (claimedCount !== null && claimedCount !== to)) this.countsFit = false;
    this.#claimed = to;
    if (entries === 0) return;
    this.starts.push(start);
    this.ends.push(end);
    this.live.push(entries);
    this.#claimedFrom.push(from);
    this.#claimedTo.push(to);
  }

  /** Gives the live entries their positions. */
  finish(): this {
    let next = 1;
    for (const live of this.live) {
      this.first.push(next);
      next += live;
    }
    return this;
  }

  /** The first row, counted from 0, that holds position `seq` or a later one. */
  rowOf(seq: number): number {
    let low = 0;
    let high = this.live.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.first[middle] ?? 0) + (this.live[middle] ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #cut(keep: number): void {
    if (keep > this.#claimed) this.countsFit = false;
    this.#claimed = keep;
    for (let last = this.live.length - 1; last >= 0; last--) {
      const from = this.#claimedFrom[last] ?? 1;
      const to = this.#claimedTo[last] ?? 0;
      if (to <= keep) return;
      if (from <= keep) {
        this.live[last] = Math.min(this.live[last] ?? 0, keep - from + 1);
        this.#claimedTo[last] = keep;
        return;
      }
      for (const column of [this.starts, this.ends, this.live, this.#claimedFrom, this.#claimedTo])
        column.pop();
    }
  }
}
