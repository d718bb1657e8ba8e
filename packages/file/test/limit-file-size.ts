import { execFileSync } from "node:child_process";

/** No file may grow beyond this while writes are to fail, in bytes: less than the suite writes then, more than what a write begins with. */
const LIMIT_BYTES = 256 * 1024;

/**
 * Has the kernel refuse every write of this process that would make a file larger than 256 KiB (EFBIG, in the middle of a write as
 * ENOSPC comes), for root too; what is returned undoes it. Null where the system has no `prlimit`.
 */
export function limitFileSize(): (() => Promise<void>) | null {
  if (process.platform !== "linux") return null;
  try {
    const before = prlimit("--fsize", "--output=SOFT", "--noheadings").trim();
    prlimit(`--fsize=${LIMIT_BYTES}:`);
    return async () => void prlimit(`--fsize=${before}:`);
  } catch {
    return null;
  }
}

function prlimit(...args: readonly string[]): string {
  return execFileSync("prlimit", [`--pid=${process.pid}`, ...args], { encoding: "utf8" });
}
