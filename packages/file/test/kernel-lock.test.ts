import { spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isHeld, loadKernelLock, tryLockFile, unlinkLockFile } from "../src/kernel-lock.js";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "agent-sessions-lock-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

describe("tryLockFile()", () => {
  it("excludes a second descriptor of the same process, until the first is closed", async () => {
    const tryLock = await loadKernelLock();
    const path = join(folder, "a.lock");
    const first = tryLockFile(path, tryLock);
    expect([first === null, tryLockFile(path, tryLock), isHeld(path, tryLock)]).toEqual([false, null, true]);
    // Closing another descriptor of the same file must not free the lock, as it does with older POSIX locks.
    fs.closeSync(fs.openSync(path, "r"));
    expect(tryLockFile(path, tryLock)).toBeNull();
    fs.closeSync(first ?? -1);
    expect(isHeld(path, tryLock)).toBe(false);
    const second = tryLockFile(path, tryLock);
    expect(second).not.toBeNull();
    fs.closeSync(second ?? -1);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  it("never takes a file that was unlinked meanwhile for the one at the path, whatever other names it has", async () => {
    const tryLock = await loadKernelLock();
    const path = join(folder, "a.lock");
    const holder = tryLockFile(path, tryLock) ?? -1;
    fs.linkSync(path, join(folder, "backup.lock"));
    let tries = 0;
    const waiter = tryLockFile(path, (fd) => {
      // The holder goes, and takes the file with it, between this one's opening and its locking.
      if (tries++ === 0) {
        unlinkLockFile(holder, path);
        fs.closeSync(holder);
      }
      return tryLock(fd);
    });
    expect([tries, fs.fstatSync(waiter ?? -1).ino]).toEqual([2, fs.statSync(path).ino]);
    fs.closeSync(waiter ?? -1);
  });

  it("locks a file that a holder marked and died before it was unlinked", async () => {
    const tryLock = await loadKernelLock();
    const path = join(folder, "a.lock");
    fs.writeFileSync(path, "\0");
    const fd = tryLockFile(path, tryLock) ?? -1;
    expect([fs.fstatSync(fd).ino, tryLockFile(path, tryLock)]).toEqual([fs.statSync(path).ino, null]);
    fs.closeSync(fd);
  });

  it("is free at once when the process that holds it is killed", async () => {
    const tryLock = await loadKernelLock();
    const path = join(folder, "a.lock");
    const holder = spawn(
      process.execPath,
      [fileURLToPath(new URL("hold-worker.mjs", import.meta.url)), path],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    expect(tryLockFile(path, tryLock)).toBeNull();
    const gone = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await gone;
    const fd = tryLockFile(path, tryLock);
    expect(fd).not.toBeNull();
    fs.closeSync(fd ?? -1);
  });
});

describe("loadKernelLock()", () => {
  it("rejects STORE_IO that names the remedy where the native module does not load", async () => {
    vi.resetModules();
    vi.doMock("fs-native-extensions", () => {
      throw new Error("no prebuild for this platform");
    });
    try {
      const { loadKernelLock: load } = await import("../src/kernel-lock.js");
      await expect(load()).rejects.toMatchObject({
        code: "STORE_IO",
        message: expect.stringContaining("single-process"),
      });
    } finally {
      vi.doUnmock("fs-native-extensions");
      vi.resetModules();
    }
  });
});
