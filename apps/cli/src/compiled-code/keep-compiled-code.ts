import { mkdirSync } from "node:fs";
import path from "node:path";
import { commandNamed } from "../command-names.js";
import { cacheFolder, isOurs } from "./cache-folder.js";
import { keptChunks } from "./kept-chunks.js";

type EnableCompileCache = (folder: string) => unknown;

const FIRST_NODE_WITH_CACHE = 22;

/**
 * Keeps compiled code from one start to the next, for compiling takes more of a start than all else: by Node's own means where it has them,
 * else by V8's. NODE_COMPILE_CACHE names another folder than the user's cache folder, and NODE_DISABLE_COMPILE_CACHE=1 keeps nothing. Where
 * nothing can be kept, the program starts without.
 *
 * @returns what loads the chunks with the code that is kept, by their names; null where Node's own loader is to load them
 */
export function keepCompiledCode(
  { env, argv, platform }: Pick<NodeJS.Process, "env" | "argv" | "platform">,
  enableCompileCache: EnableCompileCache | undefined = ofNode(),
): ((name: string) => unknown) | null {
  if (env["NODE_DISABLE_COMPILE_CACHE"] === "1") return null;
  // A Node that has a cache has seen to this already.
  if (enableCompileCache !== undefined && env["NODE_COMPILE_CACHE"]) return null;
  const folder = env["NODE_COMPILE_CACHE"] || cacheFolder(env, platform);
  if (folder === null || !isOurs(folder)) return null;
  if (enableCompileCache !== undefined) {
    if (isMade(folder)) enableCompileCache(folder);
    return null;
  }
  // Each command runs other functions, and only what has run is compiled.
  return keptChunks(path.join(folder, `${commandNamed(argv.slice(2)) ?? "none"}.code`));
}

/** What Node has from 22.1 on; an older one is not asked, for that would load `node:module`. */
function ofNode(): EnableCompileCache | undefined {
  if (Number.parseInt(process.versions.node, 10) < FIRST_NODE_WITH_CACHE) return undefined;
  const { enableCompileCache } = process.getBuiltinModule("node:module") as {
    readonly enableCompileCache?: EnableCompileCache;
  };
  return enableCompileCache;
}

/** Node itself would make the folder as open as the user's mask leaves it. */
function isMade(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}
