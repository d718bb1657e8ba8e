import type { JsonObject } from "@agent-sessions/core";
import { storable } from "./new-snapshot.js";

/** Records that are no messages, on their way into `state.$records`, each with the number of messages before it. */
export class KeptRecords {
  readonly #records: { readonly after: number; readonly record: JsonObject }[] = [];
  #messages = 0;

  /** Notes that a message has passed. */
  pass(): void {
    this.#messages++;
  }

  keep(record: JsonObject): void {
    this.#records.push({ after: this.#messages, record: storable(record, "the record") });
  }

  /** Part of a state: nothing when nothing was kept. */
  get state(): { readonly $records?: readonly JsonObject[] } {
    return this.#records.length === 0 ? {} : { $records: this.#records };
  }
}

/** A message with what its record says beside it, under `$record`: ids, links, times, and whatever else stands there. */
export function withRecord(message: JsonObject, envelope: JsonObject): JsonObject {
  return Object.keys(envelope).length === 0 ? message : { ...message, $record: envelope };
}
