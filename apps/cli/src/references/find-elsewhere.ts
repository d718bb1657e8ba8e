import type { SessionStore } from "@agent-sessions/core";
import { forShell } from "../for-shell.js";
import { namespacePhrase, otherNamespaces } from "./other-namespaces.js";
import { candidatesFor } from "./resolve-reference.js";

/** A store besides the one that was searched, and how the command line would name it. */
export interface OtherStore {
  readonly url: string;
  /** Such as `the default store`. */
  readonly what: string;
}

export interface ElsewhereOptions {
  readonly others: readonly OtherStore[];
  readonly withStoreAt: <T>(url: string, body: (store: SessionStore) => Promise<T>) => Promise<T>;
}

/**
 * Where sessions are that were not looked through, a phrase each, such as `namespace "b" (--namespace b)`. What holds the session itself comes
 * first, and alone. Reads only; what cannot be read is not among them.
 */
export async function findElsewhere(
  store: SessionStore,
  reference: string,
  { others, withStoreAt }: ElsewhereOptions,
): Promise<readonly string[]> {
  const seen = await inNamespaces(store, reference);
  for (const { url, what } of others) {
    try {
      seen.push(
        ...(await withStoreAt(url, async (other) => await inOtherStore(other, reference, { url, what }))),
      );
    } catch {
      // A hint: the error that is on its way matters more than what is wrong with a store that nobody named.
    }
  }
  const holding = seen.filter(({ holdsIt }) => holdsIt);
  return (holding.length > 0 ? holding : seen).map(({ phrase, holdsIt }) =>
    holdsIt ? `it is in ${phrase}` : `there are sessions in ${phrase}`,
  );
}

interface Sighting {
  readonly phrase: string;
  readonly holdsIt: boolean;
}

async function inNamespaces(store: SessionStore, reference: string): Promise<Sighting[]> {
  const seen: Sighting[] = [];
  for (const namespace of await otherNamespaces(store)) {
    const holdsIt = await holds(store.inNamespace(namespace), reference);
    seen.push({ phrase: namespacePhrase(namespace), holdsIt });
  }
  return seen;
}

async function inOtherStore(
  store: SessionStore,
  reference: string,
  { url, what }: OtherStore,
): Promise<readonly Sighting[]> {
  for await (const namespace of store.namespaces()) {
    const view = store.inNamespace(namespace);
    const flag = namespace === "" ? "" : ` --namespace ${forShell(namespace)}`;
    if (await holds(view, reference))
      return [{ phrase: `${what} (--store ${forShell(url)}${flag})`, holdsIt: true }];
  }
  for await (const _namespace of store.namespaces())
    return [{ phrase: `${what} (--store ${forShell(url)})`, holdsIt: false }];
  return [];
}

async function holds(store: SessionStore, reference: string): Promise<boolean> {
  return (await store.exists(reference)) || (await candidatesFor(store, reference, 1)).length > 0;
}
