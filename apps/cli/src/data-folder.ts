import os from "node:os";
import path from "node:path";

export interface Platform {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly homeFolder: string;
}

/**
 * The folder for the user's own data of this program: `$XDG_DATA_HOME` or `~/.local/share`, `%LOCALAPPDATA%`, or
 * `~/Library/Application Support`, and in it `agent-sessions`.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (a relative XDG_DATA_HOME is to be ignored)
 */
export function dataFolder({ env, platform, homeFolder }: Platform): string {
  return path.join(base(), "agent-sessions");

  function base(): string {
    if (platform === "win32") {
      const local = env["LOCALAPPDATA"] ?? "";
      return local === "" ? path.join(homeFolder, "AppData", "Local") : local;
    }
    if (platform === "darwin") return path.join(homeFolder, "Library", "Application Support");
    const xdg = env["XDG_DATA_HOME"] ?? "";
    return path.isAbsolute(xdg) ? xdg : path.join(homeFolder, ".local", "share");
  }
}

/** Where people keep what is theirs: HOME, or where that names no place, as an empty one does, what the system says. */
export function homeFolder(): string {
  const home = os.homedir();
  return path.isAbsolute(home) ? home : os.userInfo().homedir;
}

/** A path that may begin with `~/`: a shell puts the home folder there, but none reads a config file, an answer or what follows `json:`. */
export function fromHome(location: string): string {
  return /^~(?:[\\/]|$)/.test(location) ? path.join(homeFolder(), location.slice(1)) : location;
}
