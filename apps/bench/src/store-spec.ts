import type { Backend } from "./open-backend.js";

/** A store to measure on, made before anything is measured. */
export type StoreSpec = {
  readonly backend: Backend;
  /** SQLite: whether it gets a search index. Default: but for large ones, where it would take most of the time. */
  readonly search?: boolean;
} & (
  | { readonly shape: "many"; readonly sessions: number; readonly messagesEach: number }
  /** One session called `long` with so many short messages, and one of ten called `short` to compare it with. */
  | { readonly shape: "long"; readonly messages: number }
  /** One session called `long` that got its messages one append at a time. */
  | { readonly shape: "appended"; readonly messages: number }
  /** Sessions called by their size in megabytes, of messages of 100 kB. */
  | { readonly shape: "large"; readonly megabytes: readonly number[] }
);

/** The same for specs that mean the same store. */
export function keyOf(spec: StoreSpec): string {
  return JSON.stringify(Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1)));
}
