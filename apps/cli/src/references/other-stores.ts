import { type SessionStore, SessionStoreError } from "@agent-sessions/core";
import { defaultStoreUrl, resolveSettings, type Setting, type SettingsInput } from "../resolve-settings.js";
import { anchorUrl, keepsFiles, storeUrl } from "../store-url.js";
import type { OtherStore } from "./find-elsewhere.js";

/** The stores that the command line would have named without what named `searched`. Only ones that are files: a hint must run no foreign code, and wait for no server. */
export async function otherStores(
  searched: SessionStore,
  input: SettingsInput,
): Promise<readonly OtherStore[]> {
  const { store: _flag, ...flags } = input.flags;
  const { AGENT_SESSIONS_STORE: _variable, ...env } = input.env;
  const named = [...(await namedStore({ ...input, flags })), ...(await namedStore({ ...input, flags, env }))];
  const found: readonly OtherStore[] = [
    ...named.map(({ value, source }) => ({ url: value, what: nameOf(source) })),
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

/** None where the config file is refused: a hint that cannot be given must not stand in the place of the error. */
async function namedStore(input: SettingsInput): Promise<readonly Setting<string>[]> {
  try {
    return [(await resolveSettings(input)).store];
  } catch (error) {
    if (SessionStoreError.is(error, "INVALID_OPTIONS")) return [];
    throw error;
  }
}

function nameOf(source: string): string {
  return source === "default" ? "the default store" : `the store of ${source}`;
}
