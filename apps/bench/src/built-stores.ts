import { availableParallelism } from "node:os";
import { storePath } from "./open-backend.js";
import { runTask } from "./run-child.js";
import type { Scratch } from "./scratch.js";
import { keyOf, type StoreSpec } from "./store-spec.js";

/** The filled stores that rows are measured on. */
export class BuiltStores {
  readonly #scratch: Scratch;
  readonly #paths = new Map<string, string>();

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** Builds those that are not there yet, as many at once as the machine has cores: nothing is measured meanwhile. */
  async build(specs: readonly StoreSpec[]): Promise<void> {
    const missing = new Map(specs.map((spec) => [keyOf(spec), spec]));
    for (const key of this.#paths.keys()) missing.delete(key);
    const waiting = missing.entries();
    const buildNext = async (): Promise<void> => {
      for (const [key, spec] of waiting) {
        const path = storePath(this.#scratch.path("store"), spec.backend);
        await runTask("buildStore", { path, spec });
        this.#paths.set(key, path);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, buildNext));
  }

  /** Where a store lies. @throws {Error} for one that was not built */
  path(spec: StoreSpec): string {
    const path = this.#paths.get(keyOf(spec));
    if (path === undefined)
      throw new Error(`This store was not built: ${keyOf(spec)}. Does the row say that it needs it?`);
    return path;
  }
}
