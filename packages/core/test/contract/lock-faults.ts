import { SessionLockError } from "../../src/errors.js";
import type { BackendLock } from "../../src/session-backend.js";
import type { LockedSession, SessionStore } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { startWait } from "../../src/wait.js";
import { backend, type Fault, methods, overriding } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";
import { keyText } from "./fragile-place.js";

export const lockFaults: readonly Fault[] = [
  {
    name: "locks nothing against other handles",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override acquireLock: FragileBackend["acquireLock"] = async (key) => ({
            key,
            release: async () => undefined,
          });
        })(place),
    ),
    trips: ["lock.excludes", "lock.timeout", "lock.foreign-release", "lock.many-waiters", "lock.clock-steps"],
  },
  {
    name: "lets plain writes pass a lock",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = (key, decide, options) =>
            super.mutate(key, decide, { ...options, lock: this.held(keyText(key)) });
          held(name: string): BackendLock | null {
            return HELD.get(place)?.get(name) ?? null;
          }
          override acquireLock: FragileBackend["acquireLock"] = async (key, wait) => {
            const lock = await super.acquireLock(key, wait);
            const held = HELD.get(place) ?? new Map<string, BackendLock>();
            HELD.set(place, held.set(keyText(key), lock));
            return lock;
          };
        })(place),
    ),
    trips: ["lock.excludes", "lock.foreign-release", "lock.clock-steps"],
  },
  {
    name: "shows what a holder writes only after its body",
    open: methods((inner) => ({
      withLock: (id, body, options) => {
        if (typeof body !== "function") return inner.withLock(id, body, options);
        return inner.withLock(
          id,
          async (session) => {
            const later: (() => Promise<unknown>)[] = [];
            const head = await session.head();
            const handle = overriding(session, {
              append: async (...args) => {
                later.push(() => session.append(...args));
                return head;
              },
            });
            const result = await body(handle);
            for (const write of later) await write();
            return result;
          },
          options,
        );
      },
    })),
    trips: ["lock.holder-writes", "lock.released-on-throw", "lock.stale-handle"],
  },
  {
    name: "does not release a lock whose body throws",
    open: methods((inner) => ({
      withLock: (id, body, options) => {
        if (typeof body !== "function") return inner.withLock(id, body, options);
        return new Promise((resolve, reject) => {
          const entered = async (session: LockedSession): Promise<() => void> => {
            try {
              const result = await body(session);
              return () => resolve(result);
            } catch (error) {
              reject(error);
              // As long as a clause may look; then the suite can close the store.
              await new Promise((release) => setTimeout(release, 60));
              return () => undefined;
            }
          };
          inner.withLock(id, entered, options).then((end) => end(), reject);
        });
      },
    })),
    trips: ["lock.released-on-throw"],
  },
  {
    name: "rolls back nothing, but wraps what a lock body throws",
    open: methods((inner) => ({
      withLock: async (id, body, options) => {
        try {
          return await inner.withLock(id, body, options);
        } catch (error) {
          if (SessionStoreError.is(error) || options?.signal !== undefined) throw error;
          throw new SessionStoreError("STORE_IO", "the body failed", { cause: error });
        }
      },
    })),
    trips: ["lock.released-on-throw", "errors.callers-own"],
  },
  {
    name: "refuses reads while a session is locked",
    open: methods((inner, place) => ({
      load: async (id) => {
        const isFree = place.data.isLocked({ namespace: inner.namespace, id }, null);
        if (isFree) throw new SessionLockError(id, 0);
        return await inner.load(id);
      },
    })),
    trips: ["lock.excludes", "lock.reads-pass", "lock.own-outer-handle"],
  },
  {
    name: "makes the session that it is to lock",
    open: methods((inner) => ({
      withLock: async (id, body, options) => {
        if (
          options === undefined &&
          typeof id === "string" &&
          id !== "" &&
          typeof body === "function" &&
          !(await inner.exists(id).catch(() => true))
        ) {
          await inner.create({ id });
        }
        return await inner.withLock(id, body, options);
      },
    })),
    trips: ["open.creates-nothing", "lock.missing-session"],
  },
  {
    name: "lets a body write through the outer handle",
    open: methods((inner) => {
      const inside = new Map<string, LockedSession>();
      return {
        withLock: (id, body, options) =>
          inner.withLock(
            id,
            typeof body !== "function"
              ? body
              : async (session) => {
                  inside.set(id, session);
                  try {
                    return await body(session);
                  } finally {
                    inside.delete(id);
                  }
                },
            options,
          ),
        append: async (id, messages, options) => {
          try {
            return await inner.append(id, messages, options);
          } catch (error) {
            const session = inside.get(id);
            if (
              session === undefined ||
              !SessionStoreError.is(error, "SESSION_LOCKED") ||
              options !== undefined
            )
              throw error;
            return await session.append(messages);
          }
        },
      };
    }),
    trips: ["lock.own-outer-handle"],
  },
  {
    name: "gives a handle that works on after its body",
    open: methods((inner) => ({
      withLock: (id, body, options) =>
        inner.withLock(
          id,
          typeof body !== "function" ? body : (session) => body(fallingBack(session, inner)),
          options,
        ),
    })),
    trips: ["lock.stale-handle"],
  },
  {
    name: "lets go of everybody's locks when a handle closes",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override acquireLock: FragileBackend["acquireLock"] = async (key, wait) => {
            const lock = await super.acquireLock(key, wait);
            const held = HELD.get(place) ?? new Map<string, BackendLock>();
            HELD.set(place, held.set(keyText(key), lock));
            return lock;
          };
          override async close(): Promise<void> {
            for (const lock of HELD.get(place)?.values() ?? []) await lock.release();
          }
        })(place),
    ),
    trips: ["lock.foreign-release"],
  },
  {
    name: "turns waiters away when there are more than 20",
    open: methods((inner) => {
      let waiting = 0;
      return {
        withLock: async (id, body, options) => {
          if (waiting >= 20) throw new SessionLockError(id, 0);
          waiting += 1;
          try {
            return await inner.withLock(id, body, options);
          } finally {
            waiting -= 1;
          }
        },
      };
    }),
    trips: ["lock.many-waiters"],
  },
  {
    name: "has one lock for all sessions",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override acquireLock: FragileBackend["acquireLock"] = async (key, wait) => {
            const own = await super.acquireLock(key, wait);
            try {
              // Not for long: a lock inside a lock waits for itself here.
              const shared = await super.acquireLock(
                { namespace: "", id: "\u0000 all" },
                startWait(Math.min(wait.timeoutMs, 100)),
              );
              return {
                key,
                release: async () => {
                  await shared.release();
                  await own.release();
                },
                own,
              } as BackendLock;
            } catch (error) {
              await own.release();
              throw error;
            }
          };
          override mutate: FragileBackend["mutate"] = (key, decide, options) =>
            super.mutate(key, decide, { ...options, lock: ownOf(options.lock) });
        })(place),
    ),
    trips: ["namespace.own-operations-and-locks", "lock.own-outer-handle", "lock.independent"],
  },
  {
    name: "closes inside a lock body without a word",
    open: methods((inner) => ({
      close: async () => {
        try {
          await inner.close();
        } catch (error) {
          if (!SessionStoreError.is(error, "SESSION_LOCKED")) throw error;
        }
      },
    })),
    trips: ["lock.close-inside"],
  },
];

const HELD = new WeakMap<object, Map<string, BackendLock>>();

function ownOf(lock: BackendLock | null): BackendLock | null {
  return lock === null ? null : ((lock as BackendLock & { own?: BackendLock }).own ?? lock);
}

/** A handle whose appends go on through the store once the lock is gone. */
function fallingBack(session: LockedSession, store: SessionStore): LockedSession {
  return overriding(session, {
    append: async (messages, options) => {
      try {
        return await session.append(messages, options);
      } catch (error) {
        if (!SessionStoreError.is(error, "SESSION_LOCKED")) throw error;
        return await store.append(session.id, messages, options);
      }
    },
  });
}
