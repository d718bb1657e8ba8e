"use strict";

/**
 * Has Node keep compiled code between two starts, from Node 22.1 on: in the user's own cache folder, where nobody else can put code
 * of theirs. NODE_COMPILE_CACHE names another folder, and NODE_DISABLE_COMPILE_CACHE=1 turns it off.
 */
exports.readCompileCache = ({ env, platform, versions }) => {
  const [major, minor] = versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 1) || env.NODE_COMPILE_CACHE) return;
  const folder = cacheFolder(env, platform);
  if (folder !== null) require("node:module").enableCompileCache(folder);
};

/** Null where the environment names no place: a program must start without one. */
function cacheFolder(env, platform) {
  const path = require("node:path");
  const [base, ...below] =
    platform === "win32"
      ? [env.LOCALAPPDATA]
      : platform === "darwin"
        ? [env.HOME, "Library", "Caches"]
        : path.isAbsolute(env.XDG_CACHE_HOME ?? "")
          ? [env.XDG_CACHE_HOME]
          : [env.HOME, ".cache"];
  return base ? path.join(base, ...below, "agent-sessions", "compiled") : null;
}
