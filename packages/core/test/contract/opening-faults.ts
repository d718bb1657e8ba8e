import { storeOver } from "../../src/backend.js";
import { snapshotWithId } from "../../src/contract/every-method.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods, overriding } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const openingFaults: readonly Fault[] = [
  {
    name: "declares a capability that it was not said to have",
    open: methods((inner) => ({ capabilities: { ...inner.capabilities, multiHost: true } })),
    trips: ["open.declares"],
  },
  {
    name: "makes up a head where there is no session",
    open: methods((inner) => ({
      head: async (id) => {
        try {
          return await inner.head(id);
        } catch (error) {
          if (SessionStoreError.is(error, "SESSION_NOT_FOUND")) return snapshotWithId(id).head;
          throw error;
        }
      },
    })),
    trips: ["open.fresh-is-empty", "load.not-found", "exists.agrees"],
  },
  {
    name: "makes a folder when a list is asked for",
    open: methods((inner, place) => ({
      list: (query) => {
        place.litter.add("folder");
        return inner.list(query);
      },
    })),
    trips: ["open.creates-nothing", "refuse.newer-format", "reads.never-write"],
  },
  {
    name: "forgets what is pinned when it closes",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override async close(): Promise<void> {
            for (const namespace of place.data.namespaces()) {
              for (const head of [...place.data.heads(namespace)]) {
                const session = place.data.get(head);
                if (session !== null)
                  place.data.set(head, { ...session, head: { ...session.head, pinned: false } });
              }
            }
          }
        })(place),
    ),
    trips: ["reopen.keeps-everything", "restore.exact", "reads.never-write"],
  },
  {
    name: "is not closed by Symbol.asyncDispose",
    open: methods(() => ({ [Symbol.asyncDispose]: async () => undefined })),
    trips: ["close.idempotent"],
  },
  {
    name: "lists nothing, instead of rejecting, once it is closed",
    open: methods((inner) => ({
      list: async (query) => {
        try {
          return await inner.list(query);
        } catch (error) {
          if (!SessionStoreError.is(error, "STORE_CLOSED")) throw error;
          return { sessions: [], unreadable: [], unreadableCount: 0, nextCursor: null };
        }
      },
    })),
    trips: ["close.rejects-after"],
  },
  {
    name: "closes without waiting for what is under way",
    open: methods((inner) => ({
      close: async () => {
        inner.close().catch(() => undefined);
      },
    })),
    trips: ["close.waits", "close.waits-for-lock-bodies", "lock.close-inside"],
  },
  {
    name: "closes the root when a view is closed",
    open: methods((inner) => ({
      inNamespace: (namespace) => overriding(inner.inNamespace(namespace), { close: () => inner.close() }),
    })),
    trips: ["close.view", "migrate.faithful", "migrate.conflict", "migrate.interrupted"],
  },
  {
    name: "ends iterators at close as if they were complete",
    open: methods((inner) => ({
      messages: (id, range) => endingQuietly(inner.messages(id, range)),
      search: (text, query) => endingQuietly(inner.search(text, query)),
    })),
    trips: ["close.ends-iterators"],
  },
  {
    name: "takes what is no store for an empty one",
    open: async (place, options) => storeOver(new FragileBackend(place), options),
    trips: ["refuse.not-ours"],
  },
  {
    name: "reads what a newer format wrote",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          protected override problemOf: FragileBackend["problemOf"] = (key, part) => {
            const problem = super.problemOf(key, part);
            return problem?.code === "STORE_INCOMPATIBLE" ? null : problem;
          };
        })(place),
    ),
    trips: ["refuse.newer-format"],
  },
];

async function* endingQuietly<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let begun = false;
  try {
    for (;;) {
      const step = await iterator.next();
      if (step.done === true) return;
      begun = true;
      yield step.value;
    }
  } catch (error) {
    if (!begun || !SessionStoreError.is(error, "STORE_CLOSED")) throw error;
  } finally {
    await iterator.return?.();
  }
}
