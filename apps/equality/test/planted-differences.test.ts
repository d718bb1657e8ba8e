import type { SearchHit, SessionStore } from "@agent-sessions/core";
import { createMemoryData, openMemorySessionStore } from "@agent-sessions/core/memory";
import { expect, it } from "vitest";
import { checkEquality } from "../src/check-equality.js";
import type { Opening } from "../src/stores.js";

type Own = (store: SessionStore) => Partial<SessionStore>;

/** A memory store beside one that answers some calls in its own way. */
function beside(own: Own): () => readonly Opening[] {
  const opening = (name: string, change: Own): Opening => {
    const data = createMemoryData();
    return {
      name,
      open: async (options) => withOwn(await openMemorySessionStore({ ...options, data }), change),
    };
  };
  return () => [opening("reference", () => ({})), opening("faulty", own)];
}

function withOwn(store: SessionStore, own: Own): SessionStore {
  const changed = own(store);
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(changed, name)) return Reflect.get(changed, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

const planted: readonly { readonly what: string; readonly own: Own }[] = [
  {
    what: "a value: the last of the messages asked for is missing",
    own: (store) => ({ messages: (id, range) => butLast(store.messages(id, range)) }),
  },
  {
    what: "an order: the newest come last",
    own: (store) => ({
      list: async (query) => {
        const page = await store.list(query);
        return { ...page, sessions: page.sessions.toReversed() };
      },
    }),
  },
  {
    what: "an error: what is not there is deleted all the same",
    own: (store) => ({ delete: async (id) => (await store.delete(id)) || true }),
  },
  {
    what: "a replacement that only appends",
    own: (store) => ({
      append: (id, messages, options) => {
        const { replaceFrom: _ignored, ...rest } = options ?? {};
        return store.append(id, messages, rest);
      },
    }),
  },
  {
    what: "a search that misses letters written with combining marks",
    own: (store) => ({
      search: (text, query) => only(store.search(text, query), (found) => found.normalize("NFC") === found),
    }),
  },
  {
    what: "a search that misses the letter whose small form is two characters",
    own: (store) => ({
      search: (text, query) => only(store.search(text, query), (found) => !found.includes("\u0130")),
    }),
  },
];

/** The hits whose matched text is such. */
async function* only(
  hits: AsyncIterable<SearchHit>,
  isSuch: (matched: string) => boolean,
): AsyncGenerator<SearchHit, void, undefined> {
  for await (const hit of hits) {
    if (isSuch(hit.snippet.slice(hit.matchStart, hit.matchEnd))) yield hit;
  }
}

async function* butLast<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  let held: T[] = [];
  for await (const item of items) {
    yield* held;
    held = [item];
  }
}

it.each(planted)(
  "finds $what",
  async ({ own }) => {
    const inequality = await checkEquality({ seed: 1, sequences: 2000, stores: beside(own) });
    expect(inequality?.message).toMatch(/^seed 1, path ".+"\n.*faulty differs from reference/);
    expect(inequality?.commands.length).toBeGreaterThan(0);
  },
  120_000,
);
