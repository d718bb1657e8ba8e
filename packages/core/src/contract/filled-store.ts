import { digest } from "../digest.js";
import { snapshotOf } from "../session-snapshot.js";
import type { SessionStore } from "../session-store.js";
import { collect } from "./collect.js";
import { hostileMessages } from "./hostile-values.js";
import { idsIn } from "./observe-session.js";
import { numbered, user } from "./sample-messages.js";

/** Five sessions in three namespaces, with all that a session can have. */
export async function fill(store: SessionStore): Promise<void> {
  await store.create({ id: "empty" });
  await store.create({
    id: "rich",
    title: "T",
    labels: ["b", "a"],
    metadata: { k: 1, n: null },
    pinned: true,
    archived: true,
    parent: { id: "p", messageCount: 1 },
    usage: { inputTokens: 5, cached: 1 },
    state: { deep: [{ n: 1 }] },
    messages: hostileMessages(),
  });
  await store.append("rich", numbered(1, 3), { usage: { outputTokens: 2 } });
  await store.fork("rich", { id: "fork", messageCount: 4 });
  await store.inNamespace("tenant").create({ id: "rich", messages: [user("another")] });
  await store.inNamespace("../x").save("a/b", { messages: numbered(1, 300) });
}

/** Every session of every namespace by name, with its digest. */
export async function digests(store: SessionStore): Promise<[name: string, digest: string][]> {
  const all: [string, string][] = [];
  for (const namespace of await collect(store.namespaces())) {
    const view = store.inNamespace(namespace);
    for (const id of await idsIn(view)) {
      all.push([JSON.stringify([namespace, id]), await digest(await snapshotOf(view, id))]);
    }
  }
  return all;
}
