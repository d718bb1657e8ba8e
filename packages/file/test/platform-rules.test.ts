import { describe, expect, it } from "vitest";
import { fileSystemKind } from "../src/file-system-kind.js";
import { isFadingFile, isFolderSyncUnsupported, renamePauseMs } from "../src/platform-rules.js";
import { socketName } from "../src/thread-lock.js";

const PLATFORMS = ["linux", "darwin", "win32", "freebsd"] as const;
const failed = (code: string): Error => Object.assign(new Error(code), { code });

describe("renamePauseMs()", () => {
  it("has Windows try again ten times, for about a second, while somebody looks at the file", () => {
    for (const code of ["EPERM", "EACCES", "EBUSY"]) {
      const pauses = Array.from({ length: 10 }, (_, n) => renamePauseMs(failed(code), n + 1, "win32"));
      expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, null]);
    }
  });

  it("takes every other refusal for final, and any elsewhere", () => {
    for (const code of ["ENOENT", "EEXIST", "ENOSPC", "EXDEV", "EISDIR"])
      expect(renamePauseMs(failed(code), 1, "win32")).toBeNull();
    expect(renamePauseMs(new Error("no code"), 1, "win32")).toBeNull();
    for (const platform of PLATFORMS.filter((one) => one !== "win32"))
      for (const code of ["EPERM", "EACCES", "EBUSY"])
        expect(renamePauseMs(failed(code), 1, platform)).toBeNull();
  });
});

describe("isFolderSyncUnsupported()", () => {
  it("passes over what cannot be done: everything on Windows, and file systems that say so", () => {
    for (const code of ["EPERM", "EACCES", "EISDIR", "EINVAL", "EIO"])
      expect(isFolderSyncUnsupported(failed(code), "win32")).toBe(true);
    for (const platform of ["linux", "darwin"] as const) {
      for (const code of ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EBADF", "ENOSYS"])
        expect(isFolderSyncUnsupported(failed(code), platform)).toBe(true);
      // These mean that something is not on disk.
      for (const code of ["EIO", "ENOSPC", "EDQUOT", "EACCES", "EPERM", "ENOENT", "EROFS"])
        expect(isFolderSyncUnsupported(failed(code), platform)).toBe(false);
    }
  });
});

describe("isFadingFile()", () => {
  it("is true on Windows alone, of a file that its holder has unlinked", () => {
    expect(["EPERM", "EACCES", "EBUSY"].map((code) => isFadingFile(failed(code), "win32"))).toEqual([
      true,
      true,
      true,
    ]);
    expect(isFadingFile(failed("ENOENT"), "win32")).toBe(false);
    expect(isFadingFile(failed("EPERM"), "linux")).toBe(false);
  });
});

describe("fileSystemKind()", () => {
  it.each([
    ["NFS", 0x6969, "network"],
    ["SMB", 0x517b, "network"],
    ["CIFS", 0xff534d42, "network"],
    ["CIFS", 0xff534d42 | 0, "network"],
    ["SMB", 0xfe534d42, "network"],
    ["Ceph", 0x00c36400, "network"],
    ["9p", 0x01021997, "shared"],
    ["FUSE", 0x65735546, "shared"],
  ])("knows %s by its number %i on Linux", (name, type, reach) => {
    expect(fileSystemKind("/data", type, "linux")).toEqual({ name, reach });
  });

  it("takes local ones for what they are: ext4, xfs, btrfs, tmpfs, overlayfs, zfs", () => {
    for (const type of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1])
      expect(fileSystemKind("/data", type, "linux")).toBeNull();
  });

  it("knows a share on Windows by its path, and nothing on macOS, whose numbers mean something else", () => {
    for (const path of ["\\\\server\\share\\store", "//server/share"])
      expect(fileSystemKind(path, 0, "win32")).toEqual({ name: "SMB", reach: "network" });
    for (const path of ["C:\\store", "\\\\?\\C:\\store", "\\\\.\\pipe"])
      expect(fileSystemKind(path, 0x6969, "win32")).toBeNull();
    expect(fileSystemKind("/Volumes/share", 0x6969, "darwin")).toBeNull();
  });
});

describe("socketName()", () => {
  it("is a name that is no file, short enough for every system, and null where there are none", () => {
    const name = socketName("a".repeat(5000), "linux") ?? "";
    expect(name.startsWith("\0")).toBe(true);
    expect(Buffer.byteLength(name)).toBeLessThan(104);
    expect(socketName("a", "win32")).toMatch(/^\\\\\.\\pipe\\agent-sessions-/);
    expect(socketName("a", "darwin")).toBeNull();
    expect(socketName("a", "linux")).not.toBe(socketName("b", "linux"));
  });
});
