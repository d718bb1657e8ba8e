import type { SessionStore } from "@agent-sessions/core";

/** How many readable sessions a store holds: in some namespaces, or in all. */
export async function countSessions(
  store: SessionStore,
  namespaces: readonly string[] | undefined,
): Promise<number> {
  let count = 0;
  for await (const namespace of namespaces ?? store.namespaces()) {
    const view = store.inNamespace(namespace);
    let cursor: string | undefined;
    do {
      const page = await view.list({ orderBy: "id", limit: 1000, cursor });
      count += page.sessions.length;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    await view.close();
  }
  return count;
}
