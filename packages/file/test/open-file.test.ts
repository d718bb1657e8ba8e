import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeUtf8 } from "../src/decode-utf8.js";
import { assertLocksHold } from "../src/file-system-kind.js";
import { isAtPath, isHeld, requireKernelLock, tryLockFile } from "../src/kernel-lock.js";
import { OpenFile, reasonOf } from "../src/open-file.js";
import { createPrivateFile, ensurePrivateFolder, renameOver } from "../src/private-files.js";
import { NamespaceFolder } from "../src/session-place.js";
import { findLeftovers, StagedFile, sweepLeftovers } from "../src/staged-file.js";
import { tryThreadLock } from "../src/thread-lock.js";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "agent-sessions-open-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true, force: true });
});

const failed = (code: string): Error => Object.assign(new Error(code), { code });

function fileWith(content: string): OpenFile {
  const path = join(folder, "file");
  fs.writeFileSync(path, content);
  return OpenFile.open(path, "read") ?? expect.unreachable();
}

/** Has the system say that it is another one. */
function pretendPlatform(platform: NodeJS.Platform): void {
  vi.spyOn(process, "platform", "get").mockReturnValue(platform);
}

describe("OpenFile", () => {
  it("reads what is there of a range that reaches beyond the end, at once or later", async () => {
    const file = fileWith("0123456789");
    expect(file.readSync(8, 20).toString()).toBe("89");
    expect((await file.read(8, 20)).toString()).toBe("89");
    file.close();
  });

  it("keeps its descriptor for a read that is under way when it is closed, and gives it back then", async () => {
    const file = fileWith("x".repeat(100_000));
    const reads = [file.read(0, 100_000), file.read(0, 10)];
    file.close();
    file.close();
    expect((await Promise.all(reads)).map(({ length }) => length)).toEqual([100_000, 10]);
    expect(() => fs.fstatSync(file.fd)).toThrow("EBADF");
    await expect(file.read(0, 1)).rejects.toThrow("was closed");
    expect(() => file.readSync(0, 1)).toThrow("was closed");
  });

  it("rejects with what the system says when it cannot be read, and can be closed afterwards", async () => {
    const file = new OpenFile(folder, fs.openSync(folder, "r"), 1);
    await expect(file.read(0, 1)).rejects.toThrow("EISDIR");
    file.close();
    expect(() => fs.fstatSync(file.fd)).toThrow("EBADF");
    expect([reasonOf(new Error("why")), reasonOf("thrown text")]).toEqual(["why", "thrown text"]);
  });
});

describe("decodeUtf8()", () => {
  it("names the first byte that is not UTF-8, though replacement characters of people's own stand before and behind it", () => {
    const text = Buffer.from("one \ufffd\ntwo \ufffd ");
    const place = (bytes: Buffer): unknown => {
      try {
        return decodeUtf8(bytes, 0, bytes.length);
      } catch (error) {
        const { line, column } = error as { line: number; column: number };
        return [line, column];
      }
    };
    expect(place(text)).toBe("one \ufffd\ntwo \ufffd ");
    expect(place(Buffer.concat([text, Buffer.from([0xe9, 0x20]), text]))).toEqual([2, 7]);
  });
});

describe("kernel locks", () => {
  it("a lock that the file system refuses is STORE_IO for who needs it, and held by nobody", () => {
    const path = join(folder, "lock");
    const refuse = (): never => {
      throw failed("ENOLCK");
    };
    expect(() => tryLockFile(path, refuse)).toThrow(expect.objectContaining({ code: "STORE_IO" }));
    expect(isHeld(path, refuse)).toBe(false);
    expect(isHeld(join(folder, "none"), refuse)).toBe(false);
  });

  it("a lock file that comes and goes while it is opened is tried again", () => {
    const path = join(folder, "lock");
    const real = fs.openSync;
    const flags: unknown[] = [];
    vi.spyOn(fs, "openSync").mockImplementation(((target: string, how: string, mode: number) => {
      flags.push(how);
      // Somebody makes it first, and has it removed by the time that it is opened again.
      if (how === "wx+" && flags.length === 2) throw failed("EEXIST");
      return real(target, how, mode);
    }) as typeof fs.openSync);
    const fd = tryLockFile(path, () => true);
    expect(flags).toHaveLength(4);
    fs.closeSync(fd ?? -1);
  });

  it("a file that Windows is removing is one that somebody holds", () => {
    pretendPlatform("win32");
    vi.spyOn(fs, "openSync").mockImplementation(() => {
      throw failed("EPERM");
    });
    expect(tryLockFile(join(folder, "lock"), () => true)).toBeNull();
    pretendPlatform("linux");
    expect(() => tryLockFile(join(folder, "lock"), () => true)).toThrow("EPERM");
  });

  it("tells another file at the path by its inode, exactly where a number cannot hold it", () => {
    const path = join(folder, "lock");
    const fd = createPrivateFile(path);
    expect(isAtPath(fd, path)).toBe(true);
    const real = fs.fstatSync;
    const realStat = fs.statSync;
    const large = <T>(stats: T): T => Object.assign(stats as object, { ino: 2 ** 60 }) as T;
    vi.spyOn(fs, "fstatSync").mockImplementation(((target: number, options?: { bigint?: boolean }) =>
      options?.bigint === true
        ? real(target, { bigint: true })
        : large(real(target))) as typeof fs.fstatSync);
    vi.spyOn(fs, "statSync").mockImplementation(((target: string, options?: { bigint?: boolean }) =>
      options?.bigint === true
        ? realStat(target, { bigint: true })
        : large(realStat(target))) as typeof fs.statSync);
    expect(isAtPath(fd, path)).toBe(true);
    fs.renameSync(path, `${path}-old`);
    fs.writeFileSync(path, "");
    expect(isAtPath(fd, path)).toBe(false);
    vi.restoreAllMocks();
    expect(isAtPath(fd, path)).toBe(false);
    fs.closeSync(fd);
  });

  it("requireKernelLock() gives the lock at once", () => {
    const tryLock = requireKernelLock("use something else");
    const fd = createPrivateFile(join(folder, "lock"));
    expect(tryLock(fd)).toBe(true);
    fs.closeSync(fd);
  });

  it("threads are told apart where the system has names for that, and not elsewhere", async () => {
    const leave = await tryThreadLock(folder);
    expect([leave === null, await tryThreadLock(folder)]).toEqual([false, null]);
    leave?.();
    pretendPlatform("darwin");
    const one = await tryThreadLock(folder);
    expect([one === null, (await tryThreadLock(folder)) === null]).toEqual([false, false]);
    one?.();
  });

  it("a file system that cannot be told is trusted", () => {
    vi.spyOn(fs, "statfsSync").mockImplementation(() => {
      throw failed("EACCES");
    });
    expect(assertLocksHold(folder)).toBeUndefined();
  });
});

describe("private files", () => {
  it("renameOver() tries again while Windows refuses, and never elsewhere", async () => {
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    fs.writeFileSync(from, "new");
    const real = fs.renameSync;
    let refusals = 2;
    vi.spyOn(fs, "renameSync").mockImplementation((...paths) => {
      if (refusals-- > 0) throw failed("EBUSY");
      real(...paths);
    });
    await expect(renameOver(from, to)).rejects.toThrow("EBUSY");
    pretendPlatform("win32");
    await renameOver(from, to);
    expect(fs.readFileSync(to, "utf8")).toBe("new");
  });

  it("a folder beneath what is no folder is refused", () => {
    fs.writeFileSync(join(folder, "file"), "");
    expect(() => ensurePrivateFolder(join(folder, "file", "inside"))).toThrow("ENOTDIR");
  });
});

describe("StagedFile", () => {
  const place = (): NamespaceFolder => new NamespaceFolder(folder, "", "jsonl");

  it("is made again when a sweeper takes it between its making and its locking", () => {
    const tries: string[] = [];
    const file = StagedFile.create(
      place(),
      () => {
        const [name = ""] = fs.readdirSync(place().stagingPath);
        tries.push(name);
        if (tries.length === 1) fs.unlinkSync(join(place().stagingPath, name));
        return true;
      },
      false,
    );
    expect([tries.length, fs.existsSync(file.path), tries.includes(file.path)]).toEqual([2, true, false]);
    file.discard();
    file.discard();
    expect(fs.existsSync(place().stagingPath)).toBe(false);
  });

  it("leaves nothing where it cannot be locked", () => {
    const refuse = (): never => {
      throw failed("ENOLCK");
    };
    expect(() => StagedFile.create(place(), refuse, false)).toThrow("ENOLCK");
    expect(fs.existsSync(place().stagingPath)).toBe(false);
  });

  it("of a dead writer stays while it cannot be removed, or while somebody has locked it after all", () => {
    fs.mkdirSync(place().stagingPath);
    const path = join(place().stagingPath, "1-dead.tmp");
    fs.writeFileSync(path, "");
    let looks = 0;
    expect(sweepLeftovers(place(), () => looks++ === 0)).toEqual([]);
    const refusal = vi.spyOn(fs, "unlinkSync").mockImplementation(() => {
      throw failed("EPERM");
    });
    expect(sweepLeftovers(place(), () => true)).toEqual([]);
    expect(sweepLeftovers(place(), null)).toEqual([]);
    refusal.mockRestore();
    expect(findLeftovers(place(), () => true)).toEqual([path]);
    expect(sweepLeftovers(place(), null)).toEqual([path]);
  });
});
