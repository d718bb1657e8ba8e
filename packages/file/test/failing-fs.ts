import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** The functions through which the engine changes anything on disk. */
const BY_PATH = [
  "openSync",
  "mkdirSync",
  "linkSync",
  "renameSync",
  "unlinkSync",
  "rmdirSync",
  "rmSync",
  "chmodSync",
] as const;

/**
 * Makes every change beneath a folder fail as the system would, for root too and on any file system; what is returned undoes it. A
 * full disk takes half of the bytes of a write before it refuses, so that what is half-written shows.
 */
export function failingFs(folder: string, how: "disk full" | "read-only"): () => Promise<void> {
  const original = { ...fs };
  const patched = fs as unknown as Record<string, unknown>;
  const inFolder = (path: unknown): boolean => String(path).startsWith(folder);
  const fail = (code: string, path: string): never => {
    throw Object.assign(new Error(`${code}: made to fail, '${path}'`), { code, path });
  };
  if (how === "disk full") {
    patched["writeSync"] = (
      fd: number,
      bytes: Buffer,
      offset = 0,
      length = bytes.length - offset,
      position: number | null = null,
    ) => {
      const path = fs.readlinkSync(`/proc/self/fd/${fd}`);
      if (!inFolder(path)) return original.writeSync(fd, bytes, offset, length, position);
      if (length > 1) original.writeSync(fd, bytes, offset, length >> 1, position);
      return fail("ENOSPC", path);
    };
  } else {
    for (const name of BY_PATH) {
      const real = original[name] as (...args: unknown[]) => unknown;
      patched[name] = (...args: unknown[]) => {
        const isWrite = name !== "openSync" || isWriting(args[1]);
        const target = [args[0], args[1]].find(inFolder);
        if (isWrite && target !== undefined) fail("EROFS", String(target));
        return real(...args);
      };
    }
  }
  syncBuiltinESMExports();
  return async () => {
    for (const name of [...BY_PATH, "writeSync"] as const) patched[name] = original[name];
    syncBuiltinESMExports();
  };
}

function isWriting(flags: unknown): boolean {
  if (typeof flags === "string") return flags !== "r";
  const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
  return typeof flags === "number" && (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0;
}
