import type { Entry } from "../../src/session.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods, withoutExpectation } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const restoreFaults: readonly Fault[] = [
  {
    name: "stamps restored entries with a time of its own",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override replace: FragileBackend["replace"] = async (key, entries, seal, context) => {
            const head = await super.replace(key, entries, seal, context);
            const session = place.data.get(key);
            if (session === null || head.parent === null) return head;
            place.data.set(key, {
              ...session,
              entries: session.entries.map((entry) => ({ ...entry, at: "2000-01-01T00:00:00.000Z" })),
            });
            return head;
          };
        })(place),
    ),
    trips: [
      "fork.copies",
      "restore.exact",
      "restore.replaces",
      "restore.expects-the-present",
      "restore.invisible",
      "migrate.faithful",
      "migrate.interrupted",
    ],
  },
  {
    name: "refuses a head that load() returned",
    open: methods((inner) => ({
      restore: async (snapshot, options) => {
        if (typeof snapshot?.head === "object" && snapshot.head !== null && "messages" in snapshot.head) {
          throw new SessionStoreError("INVALID_VALUE", "messages is unknown");
        }
        return await inner.restore(snapshot, options);
      },
    })),
    trips: ["restore.accepts-loaded"],
  },
  {
    name: "restores over a newer revision",
    open: methods((inner) => ({
      restore: (snapshot, options) => inner.restore(snapshot, withoutExpectation(options)),
    })),
    trips: ["restore.replaces", "restore.expects-the-present"],
  },
  {
    name: "seals a restore with the head from before its entries came",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override replace: FragileBackend["replace"] = async (key, entries, seal, context) => {
            const before = await this.readHead(key);
            return await super.replace(key, entries, () => seal(before), context);
          };
        })(place),
    ),
    trips: ["restore.expects-the-present"],
  },
  {
    name: "remembers the operations of a session that was restored over",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override replace: FragileBackend["replace"] = async (key, entries, seal, context) => {
            const operations = place.data.get(key)?.operations;
            const head = await super.replace(key, entries, seal, context);
            const session = place.data.get(key);
            if (session !== null && operations !== undefined) place.data.set(key, { ...session, operations });
            return head;
          };
        })(place),
    ),
    trips: ["restore.forgets-operations"],
  },
  {
    name: "makes a session before its entries have come",
    open: methods((inner) => ({
      restore: async (snapshot, options) => {
        const id: unknown = snapshot?.head?.id;
        const isFree =
          typeof id === "string" && options === undefined && !(await inner.exists(id).catch(() => true));
        if (!isFree) return await inner.restore(snapshot, options);
        await inner.create({ id });
        try {
          return await inner.restore(snapshot);
        } catch (error) {
          await inner.delete(id);
          throw error;
        }
      },
    })),
    trips: ["restore.invisible", "calls.copies-in-order"],
  },
  {
    name: "leaves what it has when a restore fails",
    open: methods((inner) => ({
      restore: async (snapshot, options) => {
        try {
          return await inner.restore(snapshot, options);
        } catch (error) {
          const head: unknown = snapshot?.head;
          const id: unknown = typeof head === "object" && head !== null ? Reflect.get(head, "id") : null;
          if (typeof id === "string" && options === undefined)
            await inner.create({ id }).catch(() => undefined);
          throw error;
        }
      },
    })),
    trips: ["restore.failed", "restore.bad-head", "leftovers.none", "errors.callers-own"],
  },
  {
    name: "leaves an iterable open when a restore fails",
    open: methods((inner) => ({
      restore: (snapshot, options) => {
        const entries: unknown = snapshot?.entries;
        if (typeof entries !== "object" || entries === null || !(Symbol.asyncIterator in entries))
          return inner.restore(snapshot, options);
        const iterator = (entries as AsyncIterable<Entry>)[Symbol.asyncIterator]();
        return inner.restore(
          { ...snapshot, entries: { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) } },
          options,
        );
      },
    })),
    trips: ["restore.failed"],
  },
  {
    name: "fills in what is missing in a restored head",
    open: methods((inner) => ({
      restore: (snapshot, options) => {
        const head: unknown = snapshot?.head;
        if (
          typeof head !== "object" ||
          head === null ||
          Reflect.get(head, "title") !== undefined ||
          Reflect.get(head, "id") === undefined
        )
          return inner.restore(snapshot, options);
        return inner.restore({ ...snapshot, head: { ...snapshot.head, title: "" } }, options);
      },
    })),
    trips: ["restore.bad-head"],
  },
  {
    name: "keeps 4,000 entries of a restore at most",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override replace: FragileBackend["replace"] = async (key, entries, seal, context) => {
            const head = await super.replace(key, entries, seal, context);
            place.data.get(key)?.entries.splice(4000);
            return head;
          };
        })(place),
    ),
    trips: ["restore.many-entries"],
  },
  {
    name: "counts a restore as a revision of its own",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override replace: FragileBackend["replace"] = (key, entries, seal, context) =>
            super.replace(
              key,
              entries,
              (current) => ({ ...seal(current), revision: seal(current).revision + 1 }),
              context,
            );
        })(place),
    ),
    trips: [
      "fork.copies",
      "restore.exact",
      "restore.accepts-loaded",
      "restore.replaces",
      "restore.expects-the-present",
      "migrate.faithful",
      "migrate.conflict",
      "migrate.interrupted",
    ],
  },
];
