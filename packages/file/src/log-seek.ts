import { TimeSlice } from "@agent-sessions/core/backend";
import { type Footer, type PartFooter, readSealedFooter } from "./log-footer.js";
import type { LogSource } from "./log-source.js";
import type { LogState } from "./log-state.js";

const NEWLINE = 0x0a;
/** A footer is never longer: so much is read before the place that is probed, to have the footer of the record that ends behind it. */
const FOOTER_BYTES = 8 * 1024;
const PROBE_BYTES = 64 * 1024;
/** A probe that finds no footer in so many bytes gives up: records of that length are rare, and so are logs that somebody edited. */
const MAX_PROBE_BYTES = 4 * 1024 * 1024;
/** Two places so close are not told apart any further, in bytes: reading what is between costs less. */
const CLOSE_BYTES = 16 * 1024;

/** The end of a record, and how many messages are live up to it. */
interface Boundary {
  readonly offset: number;
  readonly count: number;
}

/** Two ends of records close to one position: it lies behind the one and not behind the other. */
export interface Surroundings {
  /** Null when it lies so far back that entries were cut off behind it. */
  readonly before: Boundary | null;
  /** Where to begin going backwards. */
  readonly end: number;
}

/**
 * Finds the place of a live position by halving, in a few reads however long the log is. That works behind the last `keep`, where counts
 * only grow; in a log without one that is everywhere. A footer that is found in the middle is believed when it is sealed and names the
 * very place where it was found as the file's size.
 */
export async function findSurroundings(
  source: LogSource,
  state: LogState,
  seq: number,
): Promise<Surroundings> {
  const { cuts } = state.footer;
  const slice = new TimeSlice();
  let before: Boundary | null = cuts === 0 ? { offset: 0, count: 0 } : null;
  let end = state.end;
  /** The search goes on between these two. */
  let low = 0;
  let high = state.end;
  while (high - low > CLOSE_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const probe = boundaryBehind(source, middle, high);
    if (probe === null) {
      high = middle;
    } else if (probe.cuts === cuts && probe.count >= seq) {
      end = probe.offset;
      high = middle;
    } else {
      if (probe.cuts === cuts) before = probe;
      low = probe.offset;
    }
    if (slice.isOver) await slice.pause();
  }
  return { before, end };
}

/** The first end of a record behind an offset, and before another, whose footer can be believed. */
function boundaryBehind(
  source: LogSource,
  offset: number,
  limit: number,
): (Boundary & { readonly cuts: number }) | null {
  const base = Math.max(0, offset - FOOTER_BYTES);
  for (let length = PROBE_BYTES; length <= MAX_PROBE_BYTES; length *= 4) {
    const bytes = source.file.readSync(base, Math.min(limit, offset + length));
    const lineStart = bytes.lastIndexOf(NEWLINE, offset - base) + 1;
    for (let from = lineStart, end = 0; ; from = end) {
      end = source.codec.findEnd(bytes, from);
      if (end === -1) break;
      const footer = base + end <= offset ? null : footerEndingAt(source, bytes, end, base);
      if (footer !== null) {
        return { offset: base + end, count: footer.messageCount, cuts: "cuts" in footer ? footer.cuts : 0 };
      }
    }
    if (base + bytes.length >= limit) return null;
  }
  return null;
}

function footerEndingAt(
  { codec }: LogSource,
  bytes: Buffer,
  end: number,
  base: number,
): Footer | PartFooter | null {
  const json = codec.footerText(bytes, 0, end);
  const footer = json === null ? null : readSealedFooter(json);
  return footer?.size === base + end ? footer : null;
}
