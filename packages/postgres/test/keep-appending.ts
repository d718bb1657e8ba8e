import { setTimeout as delay } from "node:timers/promises";
import type { SessionStore } from "@agent-sessions/core";

/** Appends to a session, one message after the other, until told to end. Returns the texts that were acknowledged. */
export function keepAppending(
  store: SessionStore,
  id: string,
  options: (n: number) => { readonly operationId?: string } = () => ({}),
): { end(): Promise<readonly string[]>; acknowledged: string[] } {
  let isOver = false;
  const acknowledged: string[] = [];
  const run = async (): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      await store.append(id, { role: "user", content: `${id} ${n}` }, options(n));
      acknowledged.push(`${id} ${n}`);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    acknowledged,
    end: async () => {
      isOver = true;
      await running;
      return acknowledged;
    },
  };
}

export async function textsIn(store: SessionStore, id: string): Promise<readonly unknown[]> {
  return (await store.load(id)).messages.map(({ content }) => content);
}

export async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error("what was waited for did not happen");
    await delay(5);
  }
}
