import type { SessionStore } from "@agent-sessions/core";
import { forShell } from "../for-shell.js";
import { oneLine } from "../terminal-text.js";

/** More would fill the screen, and somebody with many tenants knows where to look. */
const MAX_NAMESPACES = 20;

/** The namespaces of a store that hold sessions, without the store's own, at most 20. */
export async function otherNamespaces(store: SessionStore): Promise<readonly string[]> {
  const others: string[] = [];
  for await (const namespace of store.namespaces()) {
    if (namespace === store.namespace) continue;
    others.push(namespace);
    if (others.length === MAX_NAMESPACES) break;
  }
  return others;
}

/** A namespace, for a sentence, and how the command line names it: `namespace "b" (--namespace b)`. */
export function namespacePhrase(namespace: string): string {
  const name = namespace === "" ? "the default namespace" : `namespace ${JSON.stringify(namespace)}`;
  return `${name} (--namespace ${forShell(namespace)})`;
}

/** ` There are sessions in namespace "b" (--namespace b).`, to stand behind what was said of the store's own; "" where there are none. */
export async function elsewhereSentence(store: SessionStore): Promise<string> {
  const phrases = (await otherNamespaces(store)).map(namespacePhrase);
  return phrases.length === 0 ? "" : ` There are sessions in ${oneLine(phrases.join(", "))}.`;
}
