import type { SearchHit, SearchQuery, SessionStore } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const searchFaults: readonly Fault[] = [
  {
    name: "tells upper and lower case apart",
    open: filtering((hit, text) => hit.snippet.includes(text.trim().split(/\s+/)[0] ?? "")),
    trips: ["search.matches"],
  },
  {
    name: "finds whole words only",
    open: filtering(
      (hit) =>
        !/[\p{L}]/u.test(hit.snippet[hit.matchStart - 1] ?? " ") &&
        !/[\p{L}]/u.test(hit.snippet[hit.matchEnd] ?? " "),
    ),
    trips: ["search.matches", "search.plain-text"],
  },
  {
    name: "leaves punctuation out of what it looks for",
    open: methods((inner) => ({
      search: (text, query) =>
        inner.search(
          typeof text === "string" && /[%_*"]/.test(text) && /\p{L}/u.test(text)
            ? text.replaceAll(/[%_*"]/g, " ")
            : text,
          query,
        ),
    })),
    trips: ["search.plain-text"],
  },
  {
    name: "finds nothing but letters and digits",
    open: filtering((_hit, text) => /[\p{L}\p{N}\p{Emoji}]/u.test(text)),
    trips: ["search.matches", "search.plain-text"],
  },
  {
    name: "does not look into the parts of a message",
    open: methods((inner) => ({
      async *search(text, query) {
        for await (const hit of inner.search(text, query)) {
          const message =
            hit.seq === null ? null : (await inner.load(hit.id).catch(() => null))?.messages[hit.seq - 1];
          if (message === null || typeof message?.content === "string") yield hit;
        }
      },
    })),
    trips: ["search.message-text"],
  },
  {
    name: "yields hits of the oldest session first",
    open: methods((inner) => ({
      async *search(text, query) {
        const hits = await all(inner, text, query);
        yield* hits.toSorted((a, b) => (a.updatedAt < b.updatedAt ? -1 : a.updatedAt > b.updatedAt ? 1 : 0));
      },
    })),
    trips: ["close.ends-iterators", "search.order", "search.filters"],
  },
  {
    name: "yields a title's hit behind its messages' hits",
    open: methods((inner) => ({
      async *search(text, query) {
        const hits = await all(inner, text, query);
        yield* hits.toSorted((a, b) =>
          a.id === b.id ? (a.seq ?? Number.POSITIVE_INFINITY) - (b.seq ?? Number.POSITIVE_INFINITY) : 0,
        );
      },
    })),
    trips: ["close.ends-iterators", "search.order"],
  },
  {
    name: "says that the match lies at the beginning of the snippet",
    open: methods((inner) => ({
      async *search(text, query) {
        for await (const hit of inner.search(text, query))
          yield { ...hit, matchStart: 0, matchEnd: hit.matchEnd - hit.matchStart };
      },
    })),
    trips: ["search.snippet"],
  },
  {
    name: "shows the whole text for a snippet",
    open: methods((inner) => ({
      async *search(text, query) {
        for await (const hit of inner.search(text, query)) {
          const content =
            hit.seq === null
              ? hit.title
              : (await inner.load(hit.id).catch(() => null))?.messages[hit.seq - 1]?.content;
          if (typeof content !== "string") yield hit;
          else
            yield {
              ...hit,
              snippet: content,
              matchStart: content.indexOf(hit.snippet) + hit.matchStart,
              matchEnd: content.indexOf(hit.snippet) + hit.matchEnd,
            };
        }
      },
    })),
    trips: ["search.snippet"],
  },
  {
    name: "ignores the filters",
    open: methods((inner) => ({
      search: (text, query) =>
        inner.search(text, query?.labels === undefined || !Array.isArray(query.labels) ? query : {}),
    })),
    trips: ["search.filters"],
  },
  {
    name: "counts sessions, not hits, for its limit",
    open: methods((inner) => ({
      async *search(text, query) {
        const { limit, ...rest } = { ...query };
        if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > 1000) {
          yield* inner.search(text, query);
          return;
        }
        const sessions = new Set<string>();
        for await (const hit of inner.search(text, rest)) {
          if (sessions.add(hit.id).size > Number(limit)) return;
          yield hit;
        }
      },
    })),
    trips: ["search.filters"],
  },
  {
    name: "still finds what it found before",
    open: methods((inner) => {
      const found = new Map<string, SearchHit[]>();
      return {
        async *search(text, query) {
          const name = keyOf(text, query);
          const hits = found.get(name) ?? (await all(inner, text, query));
          if (hits.length > 0) found.set(name, hits);
          yield* structuredClone(hits);
        },
      };
    }),
    trips: ["close.ends-iterators", "reads.again", "search.fresh", "calls.let-timers-run"],
  },
  {
    name: "finds nothing for a text without a word",
    open: methods((inner) => ({
      async *search(text, query) {
        if (typeof text !== "string" || text.trim() !== "") yield* inner.search(text, query);
      },
    })),
    trips: ["search.bad-query"],
  },
  {
    name: "cannot delete while a search is open",
    open: methods((inner) => {
      let open = 0;
      return {
        async *search(text, query) {
          open += 1;
          try {
            yield* inner.search(text, query);
          } finally {
            open -= 1;
          }
        },
        delete: async (id, options) => {
          if (open > 0) throw new SessionStoreError("SESSION_DELETE_FAILED", "in use");
          return await inner.delete(id, options);
        },
      };
    }),
    trips: ["search.abandoned"],
  },
  {
    name: "cannot search beside a corrupted session",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override async *searchCandidates(
            namespace: string,
            plan: Parameters<FragileBackend["searchCandidates"]>[1],
          ): ReturnType<FragileBackend["searchCandidates"]> & AsyncGenerator<never> {
            if (place.damaged.size > 0)
              throw new SessionStoreError("SESSION_CORRUPTED", "a session is damaged");
            yield* super.searchCandidates(namespace, plan) as AsyncIterable<never>;
          }
        })(place),
    ),
    trips: ["search.corrupted"],
  },
];

/** Any arguments as a text, without looking into what cannot be looked into. */
function keyOf(text: unknown, query: unknown): string {
  return typeof text === "string" && (query === undefined || JSON.stringify(query) !== undefined)
    ? JSON.stringify([text, query ?? null])
    : String(Math.random());
}

/** A search that passes over some of its hits. */
function filtering(keeps: (hit: SearchHit, text: string) => boolean): Fault["open"] {
  return methods((inner) => ({
    async *search(text, query) {
      for await (const hit of inner.search(text, query)) if (keeps(hit, text)) yield hit;
    },
  }));
}

async function all(inner: SessionStore, text: string, query: SearchQuery | undefined): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  for await (const hit of inner.search(text, query)) hits.push(hit);
  return hits;
}
