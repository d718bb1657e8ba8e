import type { SessionStore, StoreOptions } from "@agent-sessions/core";
import type { ProcessOpener } from "@agent-sessions/core/contract";

type Open = (options: object) => Promise<SessionStore>;

export async function openStore(
  { module, exportName, options }: ProcessOpener,
  storeOptions: StoreOptions = {},
): Promise<SessionStore> {
  const exported = (await import(/* @vite-ignore */ module)) as Readonly<Record<string, Open | undefined>>;
  const open = exported[exportName];
  if (open === undefined) throw new Error(`${module} exports no ${exportName}`);
  return await open({ ...options, ...storeOptions });
}
