import type { Entry, SessionStore } from "@agent-sessions/core";

/** The store, where something happens once behind a session's head and before its messages, or behind the first `after` of them. */
export function withInterruption(
  store: SessionStore,
  id: string,
  act: () => Promise<unknown>,
  after = 0,
): SessionStore {
  let isPending = true;
  async function* messages(...args: Parameters<SessionStore["messages"]>): AsyncGenerator<Entry> {
    let read = 0;
    const actOnce = async (): Promise<void> => {
      if (args[0] !== id || !isPending || read < after) return;
      isPending = false;
      await act();
    };
    await actOnce();
    for await (const entry of store.messages(...args)) {
      yield entry;
      read++;
      await actOnce();
    }
  }
  return new Proxy(store, {
    get: (target, key) => {
      if (key === "messages") return messages;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
