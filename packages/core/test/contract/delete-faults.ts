import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods, withoutExpectation } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";
import { type FragilePlace, keyText } from "./fragile-place.js";

export const deleteFaults: readonly Fault[] = [
  {
    name: "always says that it deleted",
    open: methods((inner) => ({
      delete: async (id, options) => {
        await inner.delete(id, options);
        return true;
      },
    })),
    trips: [
      "open.fresh-is-empty",
      "exists.agrees",
      "delete.true-then-false",
      "delete.never-existed",
      "delete.expected-revision",
      "delete.one-winner",
      "delete.corrupted",
      "calls.in-order",
      "delete.read-only-media",
    ],
  },
  {
    name: "asks whether it may write before it looks whether there is anything to delete",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override remove: FragileBackend["remove"] = async (key, context) => {
            if (place.isReadOnly) place.assertWritable();
            return await super.remove(key, context);
          };
        })(place),
    ),
    trips: ["delete.read-only-media"],
  },
  {
    name: "deletes nothing",
    open: methods((inner) => ({ delete: (id) => inner.exists(id) })),
    trips: [
      "reopen.keeps-everything",
      "id.hostile",
      "id.long",
      "id.siblings",
      "namespace.enumerated",
      "exists.agrees",
      "exists.agrees-on-corrupted",
      "reads.folder-in-place",
      "messages.stable",
      "list.sees-others",
      "list.ignores-foreign",
      "list.index-lost",
      "list.index-corrupt",
      "list.index-ghost",
      "list.index-stale",
      "list.index-empty",
      "list.index-unreadable",
      "search.fresh",
      "delete.true-then-false",
      "delete.one-winner",
      "delete.neighbours",
      "delete.starts-afresh",
      "delete.expected-revision",
      "delete.expected-revision-races",
      "delete.failure-typed",
      "delete.corrupted",
      "delete.no-resurrection",
      "lock.excludes",
      "lock.missing-session",
      "lock.own-outer-handle",
      "fault.read-only",
      "leftovers.none",
      "migrate.faithful",
      "calls.in-order",
      "reads.racing-deletes",
      "delete.read-only-media",
      "repair.not-found",
    ],
  },
  {
    name: "rejects when it is to delete a missing session",
    open: methods((inner) => ({
      delete: async (id, options) => {
        if (await inner.delete(id, options)) return true;
        throw new SessionStoreError("SESSION_NOT_FOUND", "nothing to delete", { sessionId: id });
      },
    })),
    trips: [
      "open.fresh-is-empty",
      "open.creates-nothing",
      "exists.agrees",
      "delete.true-then-false",
      "delete.never-existed",
      "delete.expected-revision",
      "delete.one-winner",
      "delete.corrupted",
      "calls.in-order",
      "delete.read-only-media",
    ],
  },
  {
    name: "looks whether a session is there, then deletes it",
    open: methods((inner) => ({
      delete: async (id, options) => {
        const isThere = await inner.exists(id);
        await inner.delete(id, options);
        return isThere;
      },
    })),
    trips: ["delete.one-winner", "calls.in-order"],
  },
  {
    name: "deletes sessions whose ids begin alike",
    open: methods((inner) => ({
      delete: async (id, options) => {
        const isDeleted = await inner.delete(id, options);
        const page = isDeleted ? await inner.list({ idPrefix: id, limit: 1000 }).catch(() => null) : null;
        for (const sibling of page?.sessions ?? []) await inner.delete(sibling.id);
        return isDeleted;
      },
    })),
    trips: ["id.hostile", "id.siblings", "delete.neighbours"],
  },
  {
    name: "keeps the operations of what it deleted",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override remove: FragileBackend["remove"] = async (key, context) => {
            const operations = place.data.get(key)?.operations;
            const isRemoved = await super.remove(key, context);
            if (isRemoved && operations !== undefined && operations.size > 0)
              rememberedIn(place).set(keyText(key), operations);
            return isRemoved;
          };
          override mutate: FragileBackend["mutate"] = async (key, decide, options) => {
            const head = await super.mutate(key, decide, options);
            const session = place.data.get(key);
            const operations = rememberedIn(place).get(keyText(key));
            if (session !== null && operations !== undefined) place.data.set(key, { ...session, operations });
            rememberedIn(place).delete(keyText(key));
            return head;
          };
        })(place),
    ),
    trips: ["delete.starts-afresh"],
  },
  {
    name: "deletes a session at whatever revision it is",
    open: methods((inner) => ({
      delete: async (id, options) => await inner.delete(id, withoutExpectation(options)),
    })),
    trips: ["delete.expected-revision", "delete.expected-revision-races", "value.bad-options"],
  },
  {
    name: "compares the revision before a delete, and not while it deletes",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override remove: FragileBackend["remove"] = async (key, context) => {
            if (context.lock === null) return await super.remove(key, context);
            await context.lock.release();
            // Time for whoever waited for the lock.
            await new Promise((resolve) => setTimeout(resolve, 30));
            return await super.remove(key, { ...context, lock: null });
          };
        })(place),
    ),
    trips: ["delete.expected-revision-races"],
  },
  {
    name: "takes a delete that failed for one that had nothing to do",
    open: methods((inner) => ({
      delete: async (id, options) => {
        try {
          return await inner.delete(id, options);
        } catch (error) {
          if (SessionStoreError.is(error, "SESSION_DELETE_FAILED")) return false;
          throw error;
        }
      },
    })),
    trips: ["reads.folder-in-place", "delete.failure-typed"],
  },
  {
    name: "cannot delete what it cannot read",
    open: methods((inner) => ({
      delete: async (id, options) => {
        const isUnreadable = await inner.load(id).then(
          () => false,
          (error: unknown) => SessionStoreError.is(error, "SESSION_CORRUPTED"),
        );
        if (isUnreadable) await inner.load(id);
        return await inner.delete(id, options);
      },
    })),
    trips: ["exists.agrees-on-corrupted", "reads.folder-in-place", "delete.corrupted", "calls.in-order"],
  },
  {
    name: "resurrects a session that is deleted during a write",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        try {
          return await inner.append(id, messages, options);
        } catch (error) {
          const isRacing = (messages as { content?: unknown } | null)?.content === "racing";
          if (!isRacing || !SessionStoreError.is(error, "SESSION_NOT_FOUND")) throw error;
          return await inner.append(id, messages, { createIfMissing: true });
        }
      },
    })),
    trips: ["delete.no-resurrection"],
  },
];

/** By place. */
const REMEMBERED = new WeakMap<FragilePlace, Map<string, Map<string, string>>>();

function rememberedIn(place: FragilePlace): Map<string, Map<string, string>> {
  const remembered = REMEMBERED.get(place) ?? new Map<string, Map<string, string>>();
  REMEMBERED.set(place, remembered);
  return remembered;
}
