import { fork } from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { loadKernelLock, tryLockFile } from "../src/kernel-lock.js";
import { contents, EngineFixture, type Format } from "./engine-fixture.js";

const WORKER = fileURLToPath(new URL("append-worker.mjs", import.meta.url));
const FAIR_WORKER = fileURLToPath(new URL("fair-worker.mjs", import.meta.url));
const THREAD = new URL("thread-worker.mjs", import.meta.url);

/** Many writers at once, in this process and in others. `module` is the built package that the others import. */
export function lockingTests(format: Format, module: string, exportName: string): void {
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  /** Appends `<name> 1` … `<name> n` in a process of its own. */
  function appendElsewhere(id: string, name: string, count: number, folder = fixture.folder): Promise<void> {
    const child = fork(WORKER, [module, exportName, folder, id, name, String(count)], {
      stdio: "inherit",
    });
    return new Promise((resolve, reject) => {
      child.once("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`the process for ${name} ended with ${code}`)),
      );
    });
  }

  describe(`${format.codec.name}: locks`, () => {
    it("8 processes append to one session at once, and create others: nothing is lost or doubled, each in its order", async () => {
      const store = await fixture.open();
      await store.create({ id: "shared" });
      const names = ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"];
      await Promise.all(names.map((name) => appendElsewhere("shared", name, 25)));
      const found = await contents(store, "shared");
      expect(found).toHaveLength(names.length * 25);
      for (const name of names) {
        const own = found.filter((content) => String(content).startsWith(`${name} `));
        expect(own).toEqual(Array.from({ length: 25 }, (_, n) => `${name} ${n + 1}`));
      }
      const { sessions } = await store.list();
      expect(sessions.map(({ id }) => id).sort()).toEqual([...names, "shared"]);
    }, 60_000);

    // Kernel locks know no order: whoever has just let go is the first to take one again. Waiters that try more often the longer they
    // wait get their turns all the same.
    it("8 processes that append without a pause all progress", async () => {
      const store = await fixture.open();
      await store.create({ id: "shared" });
      const children = Array.from({ length: 8 }, () =>
        fork(FAIR_WORKER, [module, exportName, fixture.folder, "shared"]),
      );
      const appends = children.map(() => 0);
      let isOver = false;
      const last = children.map(
        (child, index) =>
          new Promise<number>((resolve) =>
            child.on("message", (message) => {
              if (message === "appended") appends[index] = (appends[index] ?? 0) + 1;
              else resolve(Number(message));
              // Over once each of them has had a few turns, beside seven others that want every one.
              if (isOver || Math.min(...appends) < 5) return;
              isOver = true;
              for (const other of children) other.send("stop");
            }),
          ),
      );
      const counts = await Promise.all(last);
      expect((await store.head("shared")).messageCount).toBe(counts.reduce((sum, count) => sum + count, 0));
    }, 60_000);

    it("who has written for a while lets go first who waits in the waiting room, also when the lock is free", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const locks = join(fixture.folder, `.locks.${format.codec.extension}`);
      const tryLock = await loadKernelLock();
      const first = tryLockFile(join(locks, "a.wait0"), tryLock) ?? -1;
      let appends = 0;
      let isOver = false;
      const appendOn = async (): Promise<void> => {
        for (; !isOver; appends++) await store.append("a", user("x"));
      };
      const appending = appendOn();
      while (!fs.existsSync(join(locks, "a.wait1"))) await new Promise((resume) => setImmediate(resume));
      const taken = tryLockFile(join(locks, "a.lock"), tryLock);
      expect(taken).not.toBeNull();
      expect(appends).toBeGreaterThan(0);
      isOver = true;
      for (const fd of [first, taken ?? -1]) fs.closeSync(fd);
      await appending;
      expect((await store.head("a")).messageCount).toBe(appends);
    });

    it("delete() takes along what a killed waiter has left", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const locks = join(fixture.folder, `.locks.${format.codec.extension}`);
      fs.writeFileSync(join(locks, "a.wait0"), "");
      await store.delete("a");
      expect(fs.existsSync(locks)).toBe(false);
    });

    it("repair() takes away the locks of sessions that are gone and that nobody holds, and no others", async () => {
      const store = await fixture.open();
      for (const id of ["there", "by-hand", "held"]) await store.create({ id });
      const locks = join(fixture.folder, `.locks.${format.codec.extension}`);
      for (const name of ["killed.lock", "killed.wait3", "waiting.wait0", "something.else"])
        fs.writeFileSync(join(locks, name), "");
      for (const id of ["by-hand", "held"]) fs.rmSync(fixture.path(id));
      const held = tryLockFile(join(locks, "held.lock"), await loadKernelLock()) ?? -1;
      expect(await store.repair()).toMatchObject({ repaired: [] });
      expect(fs.readdirSync(locks)).toEqual(["held.lock", "something.else", "there.lock"]);
      fs.closeSync(held);
      fs.rmSync(join(locks, "something.else"));
      await store.delete("there");
      await store.repair();
      expect(fs.existsSync(locks)).toBe(false);
      expect((await store.repair()).repaired).toEqual([]);
    });

    it("stores that name one folder differently exclude one another, in this process and in others", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const link = `${fixture.folder}-link`;
      fs.symlinkSync(fixture.folder, link);
      const linked = await fixture.open({ path: link });
      await store.withLock("a", async () => {
        await expect(linked.withLock("a", async () => undefined, { timeoutMs: 20 })).rejects.toMatchObject({
          code: "SESSION_LOCKED",
        });
      });
      await Promise.all([
        appendElsewhere("a", "by-name", 20),
        appendElsewhere("a", "by-link", 20, link),
        ...Array.from({ length: 10 }, (_, n) => [store, linked][n % 2]?.append("a", user(`${n}`))),
      ]);
      expect((await linked.head("a")).messageCount).toBe(50);
    }, 60_000);

    it.skipIf(process.platform === "darwin")(
      "single-process locking excludes the threads of one process, and takes no thread's file for a dead one's",
      async () => {
        const store = await fixture.open({ locking: "single-process" });
        await store.create({ id: "shared" });
        const names = ["t1", "t2", "t3"];
        const threads = names.map(
          (name) =>
            new Promise((resolve, reject) => {
              const workerData = { module, exportName, path: fixture.folder, id: "shared", name, count: 30 };
              const thread = new Worker(THREAD, { workerData });
              thread.once("exit", resolve).once("error", reject);
            }),
        );
        for (let n = 1; n <= 30; n++) await store.append("shared", user(`main ${n}`));
        await Promise.all(threads);
        const found = await contents(store, "shared");
        for (const name of ["main", ...names]) {
          const own = found.filter((content) => String(content).startsWith(`${name} `));
          expect(own).toEqual(Array.from({ length: 30 }, (_, n) => `${name} ${n + 1}`));
        }
        expect((await store.list()).sessions).toHaveLength(1 + names.length);
      },
      60_000,
    );

    it("writes to a network file system reject STORE_IO until they are accepted, reads go on, and single-process locking needs no leave", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("x")] });
      const undo = pretendFileSystem(0x6969);
      try {
        const networked = await fixture.open();
        await expect(networked.append("a", user("y"))).rejects.toMatchObject({
          code: "STORE_IO",
          message: expect.stringContaining("NFS"),
        });
        expect(await contents(networked, "a")).toEqual(["x"]);
        await (await fixture.open({ networkFileSystem: "accept" })).append("a", user("y"));
        await (await fixture.open({ locking: "single-process" })).append("a", user("z"));
        expect(await contents(networked, "a")).toEqual(["x", "y", "z"]);
      } finally {
        undo();
      }
    });

    it("a folder that a host lends to a machine is warned of once, and written to", async () => {
      const warnings: unknown[] = [];
      const listener = (warning: Error): void => void warnings.push((warning as NodeJS.ErrnoException).code);
      const undo = pretendFileSystem(0x01021997);
      process.on("warning", listener);
      try {
        for (const name of ["a", "b"]) await (await fixture.open()).create({ id: name });
        await new Promise((resume) => setImmediate(resume));
        expect(warnings).toEqual(["AGENT_SESSIONS_SHARED_FOLDER"]);
      } finally {
        process.off("warning", listener);
        undo();
      }
    });

    it("single-process locking excludes two handles of one process, and says that it does not exclude others", async () => {
      const handles = [
        await fixture.open({ locking: "single-process" }),
        await fixture.open({ locking: "single-process" }),
      ];
      const [first, second] = handles;
      if (first === undefined || second === undefined) throw new Error("unreachable");
      expect(first.capabilities.multiProcess).toBe(false);
      await first.create({ id: "a" });
      await Promise.all(
        handles.flatMap((store, handle) =>
          [1, 2, 3, 4].map((n) => store.append("a", user(`${handle}.${n}`))),
        ),
      );
      expect(await contents(first, "a")).toHaveLength(8);
      await first.withLock("a", async (session) => {
        await expect(second.withLock("a", async () => undefined, { timeoutMs: 20 })).rejects.toMatchObject({
          code: "SESSION_LOCKED",
        });
        await session.append(user("mine"));
      });
      expect(fs.readdirSync(fixture.folder).filter((name) => name.startsWith(".locks"))).toEqual([]);
      await first.delete("a");
    });

    it("a lock file that is removed under a holder's feet does not let two writers in for long: the next one locks a new file", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      fs.rmSync(`${fixture.folder}/.locks.${format.codec.extension}`, { recursive: true });
      await store.append("a", user("x"));
      expect(await contents(store, "a")).toEqual(["x"]);
    });
  });
}

/** Has the system say that every folder lies on a file system of some type; what is returned undoes it. */
function pretendFileSystem(type: number): () => void {
  const patched = fs as unknown as Record<string, unknown>;
  const real = fs.statfsSync;
  patched["statfsSync"] = (path: string) => ({ ...real(path), type });
  syncBuiltinESMExports();
  return () => {
    patched["statfsSync"] = real;
    syncBuiltinESMExports();
  };
}
