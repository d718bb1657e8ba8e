import type { SessionStore } from "@agent-sessions/core";

/** The store, where something happens once behind a session's head and before its messages. */
export function withInterruption(store: SessionStore, id: string, act: () => Promise<unknown>): SessionStore {
  let isPending = true;
  async function* messages(...args: Parameters<SessionStore["messages"]>): AsyncGenerator<never> {
    if (args[0] === id && isPending) {
      isPending = false;
      await act();
    }
    yield* store.messages(...args) as AsyncIterable<never>;
  }
  return new Proxy(store, {
    get: (target, key) => {
      if (key === "messages") return messages;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
