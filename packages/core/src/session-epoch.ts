import type { SessionHead } from "./session.js";
import type { StoredHead } from "./session-backend.js";

/** Of heads that were handed out: callers see no epoch, and a copy of a head has none. */
const epochs = new WeakMap<object, string>();

/** Notes the epoch of a head that goes to a caller. */
export function noteEpoch(seen: object, { epoch }: StoredHead): void {
  epochs.set(seen, epoch);
}

/**
 * Whether every message that `earlier` counts is still the same in `later`, a head of that id read afterwards. Appends leave them so; a
 * truncation, a replacement and a new session of that id do not. Of heads whose epoch is not known, only the last is told.
 */
export function keepsMessages(earlier: SessionHead<object>, later: SessionHead<object>): boolean {
  const [before, after] = [epochs.get(earlier), epochs.get(later)];
  if (before !== undefined && after !== undefined) return before === after;
  return earlier.createdAt === later.createdAt && earlier.revision <= later.revision;
}
