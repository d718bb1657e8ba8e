/** A JSON store with one planted defect, for the processes of a soak: it must be found. */
import { openJsonSessionStore } from "@agent-sessions/json";

/** Says yes to every 9th append to a session that several processes write to, and forgets it. */
export const openForgetful = faulty((store, nth) => async (id, messages, options) => {
  if (!/^(?:shared|round)-/.test(id) || nth() % 9 !== 0 || !(await store.exists(id)))
    return await store.append(id, messages, options);
  return await store.head(id);
});

/** Knows no operation again: what is tried a second time is there twice. */
export const openDoubling = faulty(
  (store) =>
    async (id, messages, { operationId: _forgotten, ...options } = {}) => {
      await store.append(id, messages, options);
      return await store.append(id, messages, options);
    },
);

/** Takes a batch apart: a reader, or a kill, comes in between. */
export const openTearing = faulty(
  (store) =>
    async (id, messages, { operationId: _forgotten, ...options } = {}) => {
      for (const message of [messages].flat()) await store.append(id, message, options);
      return await store.head(id);
    },
);

/** Lets everybody in. */
export async function openUnlocked(options) {
  const store = await openJsonSessionStore(options);
  return withOwn(store, { withLock: async (id, body) => await body(boundTo(store, id)) });
}

/** Loses the newest message of each session that it backs up. */
export async function openLosingBackups(options) {
  const store = await openJsonSessionStore(options);
  const backup = async (target) => {
    await store.backup(target);
    const copy = await openJsonSessionStore({ path: target });
    for (const { id, messageCount } of (await copy.list()).sessions) {
      if (messageCount > 0) await copy.truncate(id, messageCount - 1);
    }
    await copy.close();
  };
  return withOwn(store, { backup });
}

function faulty(make) {
  return async (options) => {
    const store = await openJsonSessionStore(options);
    let calls = 0;
    return withOwn(store, { append: make(store, () => ++calls) });
  };
}

function boundTo(store, id) {
  return {
    head: () => store.head(id),
    update: (change) => store.update(id, change),
  };
}

function withOwn(store, own) {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return own[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
