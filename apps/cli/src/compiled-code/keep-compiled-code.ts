import nodeModule from "node:module";
import path from "node:path";
import { COMMAND_NAMES } from "../command-names.js";
import { cacheFolder, isOurs } from "./cache-folder.js";
import { keepChunks } from "./keep-chunks.js";

/** What Node has from 22.1 on. */
interface WithCompileCache {
  readonly enableCompileCache?: (folder: string) => unknown;
}

/**
 * Keeps compiled code from one start to the next, for compiling takes more of a start than all else: by Node's own means where it has them,
 * else by V8's. NODE_COMPILE_CACHE names another folder than the user's cache folder, and NODE_DISABLE_COMPILE_CACHE=1 keeps nothing. Where
 * nothing can be kept, the program starts without.
 */
export function keepCompiledCode({ env, argv, platform }: NodeJS.Process): void {
  if (env["NODE_DISABLE_COMPILE_CACHE"] === "1") return;
  const { enableCompileCache } = nodeModule as typeof nodeModule & WithCompileCache;
  // A Node that has a cache has seen to this already.
  if (enableCompileCache !== undefined && env["NODE_COMPILE_CACHE"]) return;
  const folder = env["NODE_COMPILE_CACHE"] || cacheFolder(env, platform);
  if (folder === null || !isOurs(folder)) return;
  if (enableCompileCache !== undefined) {
    enableCompileCache(folder);
    return;
  }
  // Each command runs other functions, and only what has run is compiled.
  const command = COMMAND_NAMES.find((name) => argv.includes(name, 2)) ?? "none";
  keepChunks(path.join(folder, `${command}.code`));
}
