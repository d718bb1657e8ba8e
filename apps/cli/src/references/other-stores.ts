import type { SessionStore } from "@agent-sessions/core";
import { defaultStoreUrl, resolveSettings, type SettingsInput } from "../resolve-settings.js";
import { anchorUrl, keepsFiles, storeUrl } from "../store-url.js";
import type { OtherStore } from "./find-elsewhere.js";

/** The stores that the command line would have named without what named `searched`. Only ones that are files: a hint must run no foreign code, and wait for no server. */
export async function otherStores(
  searched: SessionStore,
  input: SettingsInput,
): Promise<readonly OtherStore[]> {
  const { store: _flag, ...flags } = input.flags;
  const { AGENT_SESSIONS_STORE: _variable, ...env } = input.env;
  const settings = [
    await resolveSettings({ ...input, flags }),
    await resolveSettings({ ...input, flags, env }),
  ];
  const found: readonly OtherStore[] = [
    ...settings.map(({ store }) => ({ url: store.value, what: nameOf(store.source) })),
    { url: defaultStoreUrl(input), what: nameOf("default") },
  ];
  const others = new Map<string, OtherStore>();
  for (const { url, what } of found) {
    const absolute = anchorUrl(url, input.workingFolder);
    if (absolute === storeUrl(searched.backend, searched.location) || !keepsFiles(absolute)) continue;
    if (!others.has(absolute)) others.set(absolute, { url: absolute, what });
  }
  return [...others.values()];
}

function nameOf(source: string): string {
  return source === "default" ? "the default store" : `the store of ${source}`;
}
