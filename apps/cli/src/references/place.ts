import type { SessionStore } from "@agent-sessions/core";
import { storeUrl } from "../store-url.js";

/** A store and its namespace, for a sentence: `namespace "b" of sqlite:/home/me/sessions.db`. */
export function placeOf({ backend, location, namespace }: SessionStore): string {
  const url = storeUrl(backend, location);
  return namespace === "" ? url : `namespace ${JSON.stringify(namespace)} of ${url}`;
}
