import type { SessionSummary } from "../../src/session.js";
import type { ListQuery, SessionFilter, SessionPage, SessionStore } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { compareCodePoints } from "../../src/text.js";
import { type Fault, methods } from "./fault.js";

export const listFaults: readonly Fault[] = [
  {
    name: "orders texts by UTF-16 code unit",
    open: sorting(compareCodeUnits, (_sign, a, b) => compareCodeUnits(a, b)),
    trips: ["id.hostile", "list.order"],
  },
  {
    name: "breaks ties in the direction of the order",
    open: sorting(compareCodePoints, (sign, a, b) => sign * compareCodePoints(a, b)),
    trips: ["list.order"],
  },
  {
    name: "filters by any of the labels",
    open: methods((inner) => ({
      list: async (query) => {
        if (!Array.isArray(query?.labels) || query.labels.length < 2 || query.cursor !== undefined)
          return await inner.list(query);
        const { labels, ...rest } = query;
        const page = await inner.list(rest);
        return {
          ...page,
          sessions: page.sessions.filter((row) => labels.some((label) => row.labels.includes(label))),
        };
      },
    })),
    trips: ["list.filters"],
  },
  {
    name: "compares metadata as text",
    open: methods((inner) => ({
      list: async (query) => {
        if (
          typeof query?.metadata !== "object" ||
          query.metadata === null ||
          Array.isArray(query.metadata) ||
          Object.keys(query).length !== 2
        )
          return await inner.list(query);
        const { metadata, ...rest } = query;
        if (Object.values(metadata).some((value) => typeof value === "object" && value !== null))
          return await inner.list(query);
        const page = await inner.list(rest);
        return {
          ...page,
          sessions: page.sessions.filter((row) =>
            Object.entries(metadata).every(([key, value]) => String(row.metadata[key]) === String(value)),
          ),
        };
      },
    })),
    trips: ["list.filters"],
  },
  {
    name: "takes % and _ in a prefix for wildcards, and ignores its case",
    open: methods((inner) => ({
      list: async (query) => {
        if (typeof query?.idPrefix !== "string" || query.cursor !== undefined || query.limit !== undefined)
          return await inner.list(query);
        const { idPrefix, ...rest } = query;
        const pattern = new RegExp(`^${idPrefix.replaceAll("%", ".*").replaceAll("_", ".")}`, "iu");
        const page = await inner.list(rest);
        return { ...page, sessions: page.sessions.filter(({ id }) => pattern.test(id)) };
      },
    })),
    trips: ["list.id-prefix", "list.unreadable"],
  },
  {
    name: "looks at the first 1,000 ids only",
    open: methods((inner) => ({
      list: (query) =>
        inner.list(Array.isArray(query?.ids) ? { ...query, ids: query.ids.slice(0, 1000) } : query),
    })),
    trips: ["list.ids"],
  },
  {
    name: "pages by offset",
    open: methods((inner) => ({ list: (query) => listByOffset(inner, query) })),
    trips: ["list.pages"],
  },
  {
    name: "gives 20 sessions a page by default",
    open: methods((inner) => ({ list: (query) => inner.list(query === undefined ? { limit: 20 } : query) })),
    trips: ["list.page-size"],
  },
  {
    name: "takes any cursor for the first page",
    open: methods((inner) => ({
      list: async (query) => {
        try {
          return await inner.list(query);
        } catch (error) {
          if (typeof query?.cursor !== "string" || !SessionStoreError.is(error, "INVALID_QUERY")) throw error;
          const { cursor: _cursor, ...rest } = query;
          return await inner.list(rest);
        }
      },
    })),
    trips: ["list.cursor-bound"],
  },
  {
    name: "filters nothing by a fact that is undefined",
    open: methods((inner) => ({
      list: (query) => inner.list(withoutUndefined(query)),
      search: (text, query) => inner.search(text, withoutUndefined(query)),
    })),
    trips: ["list.bad-query", "search.bad-query"],
  },
  {
    name: "bends a limit into its bounds",
    open: methods((inner) => ({
      list: (query) =>
        inner.list(
          Number.isInteger(query?.limit)
            ? { ...query, limit: Math.min(Math.max(Number(query?.limit), 1), 1000) }
            : query,
        ),
    })),
    trips: ["list.bad-query"],
  },
];

function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorts each page again, by other comparisons of texts and of ids. */
function sorting(
  compare: (a: string, b: string) => number,
  breakTie: (sign: number, a: string, b: string) => number,
): Fault["open"] {
  return methods((inner) => ({
    list: async (query) => {
      const page = await inner.list(query);
      const field = query?.orderBy ?? "updatedAt";
      const sign =
        (query?.direction ?? (field === "id" || field === "title" ? "asc" : "desc")) === "asc" ? 1 : -1;
      const pinnedFirst = query?.pinnedFirst === true;
      const sessions = page.sessions.toSorted((a, b) => {
        if (pinnedFirst && a.pinned !== b.pinned) return a.pinned ? -1 : 1;
        return sign * compare(a[field], b[field]) || breakTie(sign, a.id, b.id);
      });
      return { ...page, sessions };
    },
  }));
}

async function listByOffset(inner: SessionStore, query: ListQuery | undefined): Promise<SessionPage> {
  const { limit, cursor, ...rest } = { ...query };
  const isPaged = Number.isInteger(limit) && Number(limit) > 0 && Number(limit) <= 1000;
  if (!isPaged || (cursor !== undefined && !cursor.startsWith("offset "))) return await inner.list(query);
  const all: SessionSummary[] = [];
  let page = await inner.list({ ...rest, limit: 1000 });
  const first = page;
  all.push(...page.sessions);
  while (page.nextCursor !== null) {
    page = await inner.list({ ...rest, limit: 1000, cursor: page.nextCursor });
    all.push(...page.sessions);
  }
  const binding = JSON.stringify([inner.namespace, rest]);
  const [, offset = "0", bound = binding] = cursor?.split("\n") ?? [];
  if (bound !== binding) throw new SessionStoreError("INVALID_QUERY", "another query's cursor");
  const end = Number(offset) + Number(limit);
  const nextCursor = end < all.length ? `offset \n${end}\n${binding}` : null;
  return {
    ...first,
    sessions: all.slice(Number(offset), end),
    nextCursor,
    ...(cursor === undefined ? {} : { unreadable: [], unreadableCount: 0 }),
  };
}

function withoutUndefined<Q extends SessionFilter>(query: Q | undefined): Q | undefined {
  const { metadata } = query ?? {};
  if (query === undefined || typeof metadata !== "object" || Array.isArray(metadata)) return query;
  const facts = Object.entries(metadata).filter(([, fact]) => fact !== undefined);
  return { ...query, metadata: Object.fromEntries(facts) };
}
