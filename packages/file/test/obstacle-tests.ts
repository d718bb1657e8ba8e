import fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { collect, contents, EngineFixture, type Format, systemError } from "./engine-fixture.js";
import { failingFs } from "./failing-fs.js";

/** What others put, take and leave in a store's folder. */
export function obstacleTests(format: Format): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });
  const undo: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0)) await step();
  });

  describe(`${codec.name}: obstacles`, () => {
    // A delete in another process takes empty folders away; between making one and setting its mode, that surfaced as ENOENT.
    it("a folder that somebody takes away while it is made is made again", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      await store.delete("a");
      let taken = 0;
      fixture.patch("chmodSync", (real, path, mode) => {
        if (taken++ < 2) fs.rmdirSync(String(path));
        return real(path, mode);
      });
      await store.create({ id: "b", messages: [user("x")] });
      expect(taken).toBeGreaterThan(2);
      expect(await contents(store, "b")).toEqual(["x"]);
    });

    // It said that the store's own folder was none, which sent people to look in the wrong place.
    it("a file where the store keeps a folder is named", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      for (const name of [`.locks.${codec.extension}`, "@tenant"]) {
        const path = join(fixture.folder, name);
        fs.rmSync(path, { recursive: true, force: true });
        fs.writeFileSync(path, "");
        const write =
          name === "@tenant" ? store.inNamespace("tenant").create() : store.append("a", user("x"));
        await expect(write).rejects.toMatchObject({
          code: "STORE_INCOMPATIBLE",
          message: expect.stringContaining(`${path} is a file`),
        });
      }
    });

    // The store was called no folder of session files.
    it("backup() to a place below a file names that place", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const file = `${fixture.folder}-file`;
      fs.writeFileSync(file, "");
      const target = join(file, "copy");
      await expect(store.backup(target)).rejects.toMatchObject({ code: "STORE_IO", location: target });
    });

    it("what is not there can be deleted where nothing can be written", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      undo.push(failingFs(fixture.folder, "read-only"));
      expect(await store.delete("nobody")).toBe(false);
      await expect(store.delete("a")).rejects.toMatchObject({ code: "STORE_IO" });
    });

    // A writer makes its file before it locks it, may not run for a while in between, and verify() in another process called that a leftover.
    it("verify() reports what dead writers left, and not what is gone a moment later", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const path = join(fixture.folder, `.staging.${codec.extension}`, "0.tmp");
      fs.writeFileSync(path, "");
      setTimeout(() => fs.unlinkSync(path), 100);
      expect(await collect(store.verify())).toEqual([]);
      fs.writeFileSync(path, "");
      expect(await collect(store.verify())).toMatchObject([{ fault: "leftover", path, repairable: true }]);
    });

    // They were left out of it without a word.
    it("backup() fails when a session cannot be opened, and leaves nothing", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      await store.create({ id: "b" });
      const target = `${fixture.folder}-backup`;
      fixture.patch("openSync", (real, path, ...args) => {
        if (path === fixture.path("b")) throw systemError("EACCES");
        return real(path, ...args);
      });
      await expect(store.backup(target)).rejects.toMatchObject({ code: "STORE_IO" });
      expect(fs.readdirSync(join(fixture.folder, ".."))).toEqual(["store"]);
    });

    // Each session that was open for it stayed so until the program ended.
    it("backup() that can make no folder for a namespace closes what it has opened", async () => {
      const store = await fixture.open();
      await store.inNamespace("tenant").create({ id: "a" });
      fixture.patch("mkdirSync", (real, path, ...args) => {
        if (String(path).endsWith(join("copy", "@tenant"))) throw systemError("ENOSPC");
        return real(path, ...args);
      });
      const opened = new Set<unknown>();
      fixture.patch("openSync", (real, ...args) => {
        const fd = real(...args);
        opened.add(fd);
        return fd;
      });
      fixture.patch("closeSync", (real, fd) => {
        opened.delete(fd);
        return real(fd);
      });
      await expect(store.backup(`${fixture.folder}-backup`)).rejects.toMatchObject({ code: "STORE_IO" });
      expect(opened.size).toBe(0);
    });

    // Its sessions could be read and written, but verify() and backup() passed them over.
    it("a namespace whose folder is a link is a namespace like others", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      const tenant = store.inNamespace("tenant");
      await tenant.create({ id: "b" });
      const [folder, elsewhere] = [join(fixture.folder, "@tenant"), join(fixture.folder, "..", "elsewhere")];
      fs.renameSync(folder, elsewhere);
      fs.symlinkSync(elsewhere, folder);
      fs.symlinkSync(join(fixture.folder, "nowhere"), join(fixture.folder, "@dangling"));
      expect(await collect(store.namespaces())).toEqual(["", "tenant"]);
      const target = `${fixture.folder}-backup`;
      await store.backup(target);
      const copy = (await fixture.open({ path: target })).inNamespace("tenant");
      expect((await copy.list()).sessions.map(({ id }) => id)).toEqual(["b"]);
      await collect(store.verify());
    });

    // They were read as U+FFFD, and so lost at the next rewrite.
    it("bytes that are not UTF-8 are SESSION_CORRUPTED with their place, and kept by repair()", async () => {
      const store = await fixture.open();
      await store.create({ id: "a", messages: [user("one \ufffd 漢字")] });
      await store.append("a", user("cafXY \ufffd"));
      await store.append("a", user("three"));
      const bytes = fs.readFileSync(fixture.path("a"));
      const at = bytes.indexOf("XY");
      fixture.write(
        "a",
        Buffer.concat([bytes.subarray(0, at), Buffer.from([0xe9, 0x20]), bytes.subarray(at + 2)]),
      );
      const line = bytes.subarray(0, at).toString("utf8").split("\n");
      await expect(store.load("a")).rejects.toMatchObject({
        code: "SESSION_CORRUPTED",
        message: expect.stringContaining(`line ${line.length}, column ${(line.at(-1)?.length ?? 0) + 1}`),
      });
      expect((await store.repair("a")).setAside).toHaveLength(1);
      const [aside = ""] = fixture.aside("a");
      expect(fs.readFileSync(aside).includes(Buffer.from([0xe9, 0x20]))).toBe(true);
      expect(await contents(store, "a")).toEqual(["one \ufffd 漢字", "three"]);
    });
  });
}
