import type { SessionSummary } from "../../src/session.js";
import type { SessionPage } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

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
        delete: forget((id, options) => inner.delete(id, options)),
        fork: forget((id, options) => inner.fork(id, options)),
        restore: forget((snapshot, options) => inner.restore(snapshot, options)),
        close: forget(() => inner.close()),
      };
    }),
    trips: ["restore.invisible", "list.sees-others", "calls.let-timers-run"],
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
      "backup.complete",
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
      "backup.complete",
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
