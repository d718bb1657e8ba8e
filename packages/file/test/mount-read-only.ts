import { execFileSync } from "node:child_process";

/**
 * Mounts a folder over itself, read-only: what read-only media are, for root too; what is returned undoes it. Null where that may not be
 * done, which is everywhere but as root on Linux.
 */
export function mountReadOnly(folder: string): (() => Promise<void>) | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const run = (command: string, ...args: readonly string[]): void => {
    execFileSync(command, args, { stdio: "ignore" });
  };
  try {
    run("mount", "--bind", folder, folder);
  } catch {
    return null;
  }
  const unmount = async (): Promise<void> => run("umount", "--lazy", folder);
  try {
    run("mount", "-o", "remount,bind,ro", folder);
    return unmount;
  } catch {
    void unmount();
    return null;
  }
}
