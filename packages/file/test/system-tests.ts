import fs from "node:fs";
import { dirname, join } from "node:path";
import { storageFiguresWith } from "@agent-sessions/file";
import { describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format, settled, systemError } from "./engine-fixture.js";

/** What comes of a call that the system refuses, or that somebody else comes before. */
export function systemTests(format: Format): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });
  const failure = (code: string, method?: string): object => ({
    code,
    message: expect.stringContaining(method ?? "made to fail"),
  });

  describe(`${codec.name}: the system`, () => {
    it("a session that cannot be opened is listed as unreadable, with what the system says", async () => {
      const store = await fixture.open();
      for (const id of ["a", "b"]) await store.create({ id });
      fixture.patch("openSync", (real, path, ...args) => {
        if (path === fixture.path("b")) throw systemError("EACCES");
        return real(path, ...args);
      });
      const { sessions, unreadable } = await store.list();
      expect(sessions.map(({ id }) => id)).toEqual(["a"]);
      expect(unreadable).toMatchObject([{ id: "b", ...failure("STORE_IO") }]);
      await expect(collect(store.verify())).rejects.toMatchObject(failure("STORE_IO"));
    });

    it.each(["link", "rename"])(
      "create() says that a session exists when somebody else makes it meanwhile (%s)",
      async (how) => {
        const store = await fixture.open();
        await store.create({ id: "a", messages: [user("theirs")] });
        fixture.patch("linkSync", (real, from, to) => {
          if (how === "rename") throw systemError("ENOTSUP");
          fs.copyFileSync(fixture.path("a"), String(to));
          return real(from, to);
        });
        if (how === "link")
          await expect(store.create({ id: "b" })).rejects.toMatchObject({ code: "SESSION_ALREADY_EXISTS" });
        // Without hard links the session's lock keeps others out, and a rename has to do.
        else expect((await store.create({ id: "b" })).id).toBe("b");
        expect(fs.readdirSync(join(fixture.folder, `.staging.${codec.extension}`))).toEqual([]);
      },
    );

    it("what the system refuses is STORE_IO, changes nothing and leaves nothing", async () => {
      const store = await fixture.open({ durability: "durable" });
      await store.create({ id: "a", messages: [user("one")] });
      const before = fixture.read("a");
      const staging = join(fixture.folder, `.staging.${codec.extension}`);
      for (const name of ["linkSync", "renameSync", "fsync", "fdatasync", "fchmodSync"] as const) {
        fixture.patch(name, (_real, ...args) => {
          const done = args.at(-1);
          if (typeof done !== "function") throw systemError("EIO");
          done(systemError("EIO"));
        });
        const write =
          name === "linkSync" || name === "fchmodSync"
            ? store.create({ id: "b" })
            : name === "fdatasync"
              ? store.append("a", user("two"))
              : store.save("a", { messages: [user("two")] });
        await expect(write, name).rejects.toMatchObject(failure("STORE_IO"));
        fixture.unpatch();
        expect([name, fixture.read("a")]).toEqual([name, before]);
        for (const [folder, left] of [
          [staging, []],
          [join(fixture.folder, `.locks.${codec.extension}`), ["a.lock"]],
        ] as const)
          expect([name, fs.readdirSync(folder)]).toEqual([name, left]);
      }
      expect(await contents(store, "a")).toEqual(["one"]);
    });

    const refuseFolders = (code: string, at: "openSync" | "fsync"): void =>
      fixture.patch(at, (real, target, ...rest) => {
        const path = typeof target === "number" ? fs.readlinkSync(`/proc/self/fd/${target}`) : String(target);
        if (path !== fixture.folder) return real(target, ...rest);
        if (at === "openSync") throw systemError(code);
        return (rest[0] as (error: Error) => void)(systemError(code));
      });

    // Without a descriptor left (EMFILE), or without leave to read the folder, a session was there that create() had rejected.
    it("create(), save() and delete() change nothing where the folder cannot be opened to be synced, and say so where it cannot be synced then", async () => {
      const store = await fixture.open({ durability: "durable" });
      await store.create({ id: "a", messages: [user("one")] });
      const writes = {
        create: () => store.create({ id: "b" }),
        save: () => store.save("a", { messages: [user("two")] }),
        delete: () => store.delete("a"),
      };
      refuseFolders("EMFILE", "openSync");
      for (const write of Object.values(writes))
        await expect(write()).rejects.toMatchObject(failure("STORE_IO"));
      fixture.unpatch();
      expect([await store.exists("b"), await contents(store, "a")]).toEqual([false, ["one"]]);
      expect(fs.readdirSync(join(fixture.folder, `.staging.${codec.extension}`))).toEqual([]);
      refuseFolders("EIO", "fsync");
      for (const [write, done] of [
        [writes.create, `${fixture.path("b")} was written, but`],
        [writes.save, `${fixture.path("a")} was written, but`],
        [writes.delete, 'Session "a" was deleted, but'],
      ] as const)
        await expect(write()).rejects.toMatchObject({
          ...failure("STORE_IO", done),
          location: fixture.folder,
        });
      fixture.unpatch();
      expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["b"]);
    });

    it("folders that cannot be synced are passed over where the file system has no such thing, and only there", async () => {
      const store = await fixture.open({ durability: "durable" });
      await store.create({ id: "a" });
      let n = 0;
      for (const at of ["openSync", "fsync"] as const) {
        refuseFolders("EINVAL", at);
        await store.create({ id: `b${n++}` });
        fixture.unpatch();
        refuseFolders("EIO", at);
        await expect(store.create({ id: `b${n++}` })).rejects.toMatchObject(failure("STORE_IO"));
        fixture.unpatch();
      }
    });

    it("delete() rejects when it cannot tell what is there, or cannot take along what was set aside", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      fixture.patch("lstatSync", (real, path, ...args) => {
        if (path === fixture.path("a")) throw systemError("EACCES");
        return real(path, ...args);
      });
      await expect(store.delete("a")).rejects.toMatchObject(failure("STORE_IO"));
      fixture.unpatch();
      fs.writeFileSync(join(fixture.folder, `.aside.${codec.extension}`), "");
      await expect(store.delete("a")).rejects.toMatchObject({ code: "SESSION_DELETE_FAILED" });
      expect(await store.exists("a")).toBe(true);
    });

    it("a place that cannot be looked at, or lies beneath a file, is refused as it is opened", async () => {
      fs.writeFileSync(`${fixture.folder}-file`, "");
      await expect(fixture.open({ path: `${fixture.folder}-file/store` })).rejects.toMatchObject({
        code: "STORE_INCOMPATIBLE",
      });
      fixture.patch("statSync", (real, path, ...args) => {
        if (path === fixture.folder) throw systemError("EACCES");
        return real(path, ...args);
      });
      await expect(fixture.open()).rejects.toMatchObject(failure("STORE_IO"));
    });

    it("a store's folder that becomes a file is STORE_INCOMPATIBLE", async () => {
      const store = await fixture.open();
      fs.writeFileSync(fixture.folder, "");
      for (const read of [() => store.list(), () => collect(store.namespaces()), () => store.create()])
        await expect(read()).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
    });

    it("a namespace whose folder cannot be read ends verify(), which would pass over its sessions without a word", async () => {
      const store = await fixture.open();
      await store.inNamespace("tenant").create({ id: "a" });
      fixture.patch("readdir", (real, path, ...rest) => {
        if (!String(path).endsWith("@tenant")) return real(path, ...rest);
        (rest.at(-1) as (error: Error) => void)(systemError("EACCES"));
      });
      await expect(collect(store.verify())).rejects.toMatchObject(failure("STORE_IO"));
      await expect(store.inNamespace("tenant").list()).rejects.toMatchObject(failure("STORE_IO"));
    });

    it("a namespace with a hashed name is told by the first session in it that can be read", async () => {
      const store = await fixture.open();
      const tenant = store.inNamespace("A tenant");
      await tenant.create({ id: "m" });
      await store.create({ id: "a" });
      const folder = join(
        fixture.folder,
        fs.readdirSync(fixture.folder).find((name) => name.startsWith("@")) ?? "",
      );
      fs.writeFileSync(join(folder, `b.${codec.extension}`), "{");
      fs.copyFileSync(fixture.path("a"), join(folder, `a.${codec.extension}`));
      expect(await collect(store.namespaces())).toEqual(["", "A tenant"]);
      fs.rmSync(join(folder, `m.${codec.extension}`));
      expect(await collect(store.namespaces())).toEqual([""]);
      await store.repair();
    });

    it("verify() waits for a record that somebody is writing, and reports an end that stays torn under a lock", async () => {
      const [store, other] = [await fixture.open(), await fixture.open()];
      await store.create({ id: "a", messages: [user("one")] });
      fs.appendFileSync(fixture.path("a"), "{torn");
      await store.withLock("a", async () => {
        expect(await collect(other.verify())).toMatchObject([{ id: "a", fault: "torn-tail" }]);
        setTimeout(() => fs.truncateSync(fixture.path("a"), fs.statSync(fixture.path("a")).size - 5), 10);
        expect(await collect(other.verify())).toEqual([]);
      });
    });

    it("readSessionFile() rejects what is no file, what cannot be read, and a session that was replaced meanwhile", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      await expect(format.readSessionFile(fixture.folder)).rejects.toMatchObject({
        code: "SESSION_CORRUPTED",
      });
      await expect(format.readSessionFile(fixture.path("none"))).rejects.toMatchObject({ code: "STORE_IO" });
      const { entries } = await format.readSessionFile(fixture.path("a"));
      await store.save("a", { messages: [] });
      await expect(collect(entries as AsyncIterable<unknown>)).rejects.toMatchObject({
        code: "SESSION_CONFLICT",
      });
      fixture.patch("openSync", () => {
        throw systemError("EACCES");
      });
      await expect(format.readSessionFile(fixture.path("a"))).rejects.toMatchObject(failure("STORE_IO"));
    });

    it("storageFigures() counts what cannot be read by its size, and rejects when a folder cannot be looked at", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one")] });
      await settled();
      await store.list();
      await store.close();
      fs.mkdirSync(join(fixture.folder, "somebody", "deep"), { recursive: true });
      fs.writeFileSync(join(fixture.folder, "somebody", "deep", "x"), "four");
      const index = fs.statSync(join(fixture.folder, `.index.${codec.extension}`)).size;
      fixture.patch("openSync", () => {
        throw systemError("EACCES");
      });
      const figures = await storageFiguresWith(codec, fixture.folder);
      expect(figures).toMatchObject({ sessions: 1, messages: 0, bytes: { index, other: 4 } });
      fixture.patch("readdirSync", () => {
        throw systemError("EACCES");
      });
      await expect(storageFiguresWith(codec, fixture.folder)).rejects.toThrow("made to fail");
    });

    it("backup() rejects when its target appears meanwhile, and leaves that alone", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const target = join(fixture.folder, "..", "new", "backup");
      fixture.patch("fsync", (real, fd, done) => {
        fs.mkdirSync(target, { recursive: true });
        return real(fd, done);
      });
      await expect(store.backup(target)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
      expect(fs.readdirSync(dirname(target))).toEqual(["backup"]);
      fixture.unpatch();
      fs.rmdirSync(target);
      fs.rmdirSync(dirname(target));
      fixture.patch("renameSync", () => {
        throw systemError("ENOTEMPTY");
      });
      await expect(store.backup(target)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
      // Nothing is left of the folders that were made for it, either.
      expect(fs.existsSync(dirname(target))).toBe(false);
    });

    it("backup() copies what stands there and leaves out what is no file", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      fs.mkdirSync(join(fixture.folder, `folder.${codec.extension}`));
      fs.mkdirSync(join(fixture.folder, "@empty"));
      await store.backup(`${fixture.folder}-backup`);
      expect(fs.readdirSync(`${fixture.folder}-backup`)).toEqual([`a.${codec.extension}`]);
    });

    it("single-process locking sweeps what another process left, too", async () => {
      await (await fixture.open()).create({ id: "a" });
      const staging = join(fixture.folder, `.staging.${codec.extension}`);
      for (const name of ["1-dead.tmp", `${process.pid}-another-thread.tmp`])
        fs.writeFileSync(join(staging, name), "");
      await (await fixture.open({ locking: "single-process" })).create({ id: "b" });
      expect(fs.readdirSync(staging)).toEqual([`${process.pid}-another-thread.tmp`]);
    });

    it("a folder that cannot be made is STORE_IO, and none of it is left", async () => {
      const store = await fixture.open();
      fixture.patch("chmodSync", (real, path, mode) => {
        if (String(path).startsWith(fixture.folder)) throw systemError("EPERM");
        return real(path, mode);
      });
      await expect(store.create({ id: "a" })).rejects.toMatchObject(failure("STORE_IO"));
      fixture.patch("mkdirSync", () => {
        throw systemError("EACCES");
      });
      await expect(store.inNamespace("n").create({ id: "a" })).rejects.toMatchObject(failure("STORE_IO"));
    });
  });
}
