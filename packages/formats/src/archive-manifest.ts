import type { JsonObject } from "@agent-sessions/core";
import { quote } from "@agent-sessions/core";
import { isObject } from "./json-object.js";

/** Holds what an archive says that it holds against what was found in it. */
export class ArchiveManifest {
  /** What was found and not named yet: for each id the digests, null where the session is damaged and was reported. */
  readonly #found = new Map<string, (string | null)[]>();
  #rows = 0;
  #sessions = 0;
  #messages = 0;
  #isWhole = true;

  /** @param sha256 the digest of the session's seal; null when it does not fit it */
  addSession(id: string, messages: number, sha256: string | null): void {
    this.#sessions++;
    this.#messages += messages;
    this.#isWhole &&= sha256 !== null;
    this.#found.set(id, [...(this.#found.get(id) ?? []), sha256]);
  }

  /** Notes that something stands where a session should, and bears no id. */
  addUnknown(): void {
    this.#sessions++;
    this.#isWhole = false;
  }

  /** What is wrong with the session that a row of the manifest names; null for nothing, or what was reported already. */
  checkRow(row: unknown): string | null {
    this.#rows++;
    const { id, sha256 } = isObject(row) ? row : ({} as JsonObject);
    if (typeof id !== "string" || typeof sha256 !== "string") return "is no row of a manifest";
    const found = this.#found.get(id) ?? [];
    const at = found.findIndex((digest) => digest === null || digest === sha256);
    const [digest] = found.splice(Math.max(0, at), 1);
    // A session that lost its id cannot be found by it.
    if (digest === undefined && !this.#isWhole) return null;
    if (digest === undefined) return `names session ${quote(id)}, which is missing from the archive`;
    if (at === -1) return `names session ${quote(id)} with another digest than the one in the archive has`;
    return null;
  }

  /** What is wrong with the counts of the last line; null for nothing. */
  checkEnd(end: JsonObject): string | null {
    const hasRows = this.#rows === end["sessions"];
    const fits = end["sessions"] === this.#sessions && (end["messages"] === this.#messages || !this.#isWhole);
    return fits && hasRows ? null : "does not hold all that its last line counts";
  }
}
