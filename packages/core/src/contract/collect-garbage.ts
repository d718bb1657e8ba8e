import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Frees what nothing refers to, where the engine lets itself be asked; elsewhere it does nothing and returns false. */
export function collectGarbage(): boolean {
  try {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    setFlagsFromString("--no-expose-gc");
    if (typeof collect !== "function") return false;
    collect();
    // What buffers held is given back by the collection after the one that found them dead.
    collect();
    return true;
  } catch {
    // Not V8, or a build without the flag.
    return false;
  }
}
