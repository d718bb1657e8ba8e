import { canonicalJson } from "./canonical-json.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { nodeCrypto } from "./node-crypto.js";
import { wholeEntries } from "./session-snapshot.js";
import type { SessionSnapshot } from "./session-store.js";
import { TimeSlice } from "./time-slice.js";

/**
 * The SHA-256, in hexadecimal, of a session: its head without the namespace, and every entry, as canonical JSON, a line each.
 * Two stores hold the same session exactly when the digests are equal. Reads `snapshot.entries` once.
 *
 * @throws {InvalidInputError} INVALID_VALUE when they are not the ones that the head counts
 */
export async function digest<M extends object, S extends object>(
  snapshot: SessionSnapshot<M, S>,
): Promise<string> {
  const running = startDigest(snapshot.head);
  const slice = new TimeSlice();
  for await (const entry of wholeEntries(snapshot)) {
    running.add(entry);
    // An array of entries would never give the event loop back by itself.
    if (slice.isOver) await slice.pause();
  }
  return running.end();
}

export interface RunningDigest {
  add(entry: object): void;
  end(): string;
}

/** A digest that is fed entry by entry, for callers that stream them elsewhere at the same time. */
export function startDigest(head: object): RunningDigest {
  const { namespace: _namespace, messages: _messages, ...rest } = head as JsonObject;
  const hash = nodeCrypto().createHash("sha256").update(canonicalJson(rest));
  return {
    add: (entry) => {
      hash.update("\n").update(canonicalJson(entry as JsonValue as JsonObject));
    },
    end: () => hash.digest("hex"),
  };
}
