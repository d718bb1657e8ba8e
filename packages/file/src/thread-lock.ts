import { errorCode } from "./open-file.js";
import { shortHash } from "./short-hash.js";

/**
 * Takes a name that the system gives to one thread of this process at a time, and takes back when that thread ends: the name of a
 * socket that nobody ever connects to. Null when another thread has it.
 *
 * Linux and Windows have such names that are no files. Elsewhere this excludes nobody.
 *
 * @returns what gives the name back
 */
export function tryThreadLock(key: string): Promise<(() => void) | null> {
  const name = socketName(key, process.platform);
  if (name === null) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    // Loaded only here: with the streams that it brings it takes as long as all of this package.
    const { createServer } = process.getBuiltinModule("node:net");
    const server = createServer();
    server.once("error", (error) => {
      // Where no sockets can be made, there is no telling either.
      resolve(errorCode(error) === "EADDRINUSE" ? null : () => undefined);
    });
    server.listen(name, () => resolve(() => void server.close()));
    server.unref();
  });
}

/**
 * Null where the system knows only sockets that are files, which stay when a thread ends.
 *
 * @internal For its test.
 */
export function socketName(key: string, platform: NodeJS.Platform): string | null {
  const name = `agent-sessions-${process.pid}-${shortHash(key)}`;
  if (platform === "linux") return `\0${name}`;
  return platform === "win32" ? `\\\\.\\pipe\\${name}` : null;
}
