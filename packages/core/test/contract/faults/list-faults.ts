import type { SessionSummary } from "../../../src/session.js";
import type { ListQuery, SessionPage, SessionStore } from "../../../src/session-store.js";
import { SessionStoreError } from "../../../src/session-store-error.js";
import { compareCodePoints } from "../../../src/text.js";
import { FragileBackend } from "../fragile-backend.js";
import { backend, type Fault, methods } from "./fault.js";

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

export const listingFaults: readonly Fault[] = [
  {
    name: "answers a list from a cache until it writes itself",
    open: methods((inner) => {
      const pages = new Map<string, SessionPage>();
      const forget = <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) => {
        return (...args) => {
          pages.clear();
          return call(...args);
        };
      };
      return {
        list: async (query) => {
          const name = JSON.stringify(query ?? null);
          const page = pages.get(name) ?? (await inner.list(query));
          pages.set(name, page);
          return structuredClone(page);
        },
        create: forget((init) => inner.create(init)),
        save: forget((id, content, options) => inner.save(id, content, options)),
        append: forget((id, messages, options) => inner.append(id, messages, options)),
        update: forget((id, change, options) => inner.update(id, change, options)),
        truncate: forget((id, count, options) => inner.truncate(id, count, options)),
        delete: forget((id) => inner.delete(id)),
        fork: forget((id, options) => inner.fork(id, options)),
        restore: forget((snapshot, options) => inner.restore(snapshot, options)),
        close: forget(() => inner.close()),
      };
    }),
    trips: ["restore.invisible", "list.sees-others"],
  },
  {
    name: "loses a title in its index when two handles write at once",
    open: methods((inner, place) => ({
      update: async (id, change, options) => {
        const title: unknown = typeof change === "object" ? change?.title : undefined;
        if (typeof title !== "string" || !title.startsWith("last of"))
          return await inner.update(id, change, options);
        const index = new Set(place.indexRows);
        await new Promise((resume) => setImmediate(resume));
        const head = await inner.update(id, change, options);
        place.indexRows = index.add(id);
        return head;
      },
      list: async (query) => {
        const page = await inner.list(query);
        const isLost = (row: SessionSummary): boolean =>
          row.title.startsWith("last of") && !place.indexRows.has(row.id);
        return {
          ...page,
          sessions: page.sessions.map((row) => (isLost(row) ? { ...row, title: "first" } : row)),
        };
      },
    })),
    trips: ["list.concurrent-writers"],
  },
  {
    name: "hides corrupted sessions",
    open: methods((inner) => ({
      list: async (query) => ({ ...(await inner.list(query)), unreadable: [], unreadableCount: 0 }),
    })),
    trips: [
      "refuse.newer-format",
      "exists.agrees-on-corrupted",
      "reads.folder-in-place",
      "list.unreadable",
      "list.unreadable-many",
    ],
  },
  {
    name: "cannot list beside a corrupted session",
    open: methods((inner) => ({
      list: async (query) => {
        const page = await inner.list(query);
        const [first] = page.unreadable;
        if (first !== undefined)
          throw new SessionStoreError("SESSION_CORRUPTED", first.message, { sessionId: first.id });
        return page;
      },
    })),
    trips: [
      "refuse.newer-format",
      "exists.agrees-on-corrupted",
      "reads.folder-in-place",
      "list.unreadable",
      "list.unreadable-many",
    ],
  },
  {
    name: "names every corrupted session, however many",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override listPage: FragileBackend["listPage"] = async (namespace, plan) => ({
            ...(await super.listPage(namespace, plan)),
            unreadable: this.unreadable(namespace, plan),
          });
        })(place),
    ),
    trips: ["list.unreadable-many"],
  },
  {
    name: "lists strays as sessions",
    open: methods((inner, place) => ({
      list: async (query) => {
        const page = await inner.list(query);
        const [first] = page.sessions;
        return first === undefined || !place.hasStrays
          ? page
          : { ...page, sessions: [...page.sessions, { ...first, id: "stray" }] };
      },
    })),
    trips: ["list.ignores-foreign"],
  },
  ...(["lost", "corrupt", "ghost", "stale", "empty", "folder"] as const).map(
    (damage): Fault => ({
      name: `believes an index that is ${damage}`,
      open: methods((inner, place) => ({
        list: async (query) => {
          const page = await inner.list(query);
          if (place.index?.damage !== damage) return page;
          return { ...page, sessions: spoil(page.sessions, damage, place.index.id) };
        },
      })),
      trips: [damage === "folder" ? "list.index-unreadable" : `list.index-${damage}`],
    }),
  ),
];

function spoil(rows: readonly SessionSummary[], damage: string, id: string): SessionSummary[] {
  const [first] = rows;
  switch (damage) {
    case "ghost":
      return first === undefined ? [] : [...rows, { ...first, id: "ghost" }];
    case "stale":
      return rows.map((row) => (row.id === id ? { ...row, title: "false" } : row));
    case "corrupt":
      throw new SessionStoreError("STORE_IO", "the index cannot be read");
    case "folder":
      throw new SessionStoreError("STORE_IO", "the index is a folder");
    default:
      return [];
  }
}

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
