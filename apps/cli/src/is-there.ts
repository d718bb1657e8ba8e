import { existsSync } from "node:fs";
import type { SessionStore } from "@agent-sessions/core";
import { FILE_BACKENDS } from "./shipped-backends.js";

/** Whether anything is where a store keeps its files: a misspelt place is an empty store otherwise. True for stores that keep none here. */
export function isThere({ backend, location }: Pick<SessionStore, "backend" | "location">): boolean {
  return !Object.hasOwn(FILE_BACKENDS, backend) || existsSync(location);
}
