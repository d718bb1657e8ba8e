import type { SearchHit } from "../../src/session-store.js";
import { type Fault, methods, overriding } from "./fault.js";

export const iterationFaults: readonly Fault[] = [
  {
    name: "yields messages once, and none when they are iterated again",
    open: methods((inner) => ({ messages: (id, range) => once(inner.messages(id, range)) })),
    trips: ["reads.again"],
  },
  {
    name: "yields hits once, and none when they are iterated again",
    open: methods((inner) => ({ search: (text, query) => once(inner.search(text, query)) })),
    trips: ["reads.again"],
  },
  {
    name: "yields namespaces once, and none when they are iterated again",
    open: methods((inner) => ({ namespaces: () => once(inner.namespaces()) })),
    trips: ["reads.again"],
  },
  {
    name: "repeats the hits that it found at first",
    open: methods((inner) => ({
      search: (text, query) => {
        const hits = inner.search(text, query);
        let found: SearchHit[] | null = null;
        return {
          async *[Symbol.asyncIterator]() {
            if (found !== null) return yield* found;
            const seen: SearchHit[] = [];
            for await (const hit of hits) {
              seen.push(hit);
              yield hit;
            }
            found = seen;
          },
        };
      },
    })),
    trips: ["reads.again"],
  },
  {
    name: "yields messages once to the body of a lock",
    open: methods((inner) => ({
      withLock: (id, body, options) =>
        inner.withLock(
          id,
          (session) => body(overriding(session, { messages: (range) => once(session.messages(range)) })),
          options,
        ),
    })),
    trips: ["reads.again"],
  },
];

/** What a generator is: read once. */
function once<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => iterator };
}
