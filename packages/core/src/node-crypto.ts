import type * as Crypto from "node:crypto";

let loaded: typeof Crypto | undefined;

/** Node's module, loaded when it is first used: it takes as long to load as all of core, and most reads do without. */
export function nodeCrypto(): typeof Crypto {
  loaded ??= process.getBuiltinModule("node:crypto");
  return loaded;
}
