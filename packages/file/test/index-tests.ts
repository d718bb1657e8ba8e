/// <reference path="../src/fs-native-extensions.d.ts" />
import fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FileStore } from "../src/file-store.js";
import { FolderLister } from "../src/folder-listing.js";
import { EngineFixture, type Format, settled } from "./engine-fixture.js";

/** What stands in the index, and for how long. */
export function indexTests(format: Format): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);
  const indexPath = (): string => join(fixture.folder, `.index.${codec.extension}`);
  const indexed = (): string => fs.readFileSync(indexPath(), "utf8");
  afterEach(() => void vi.restoreAllMocks());

  /** Sessions that changed long enough ago for their rows to be kept. */
  async function settledSessions(ids: readonly string[]): Promise<void> {
    const store = await fixture.open();
    for (const id of ids) await store.create({ id, title: `Title of ${id}` });
    await settled();
    await store.list();
    await store.close();
  }

  function lister(): FolderLister {
    const store = new FileStore({
      root: fixture.folder,
      codec,
      isDurable: false,
      locking: "kernel",
      networkFileSystem: "refuse",
      maxRecordBytes: 1024 * 1024,
      maxDepth: 500,
    });
    return new FolderLister(store, store.folder(""));
  }

  describe(`${codec.name}: the index`, () => {
    it("a session that was deleted by hand leaves the index when the store that lists it is closed", async () => {
      await settledSessions(["a", "b"]);
      expect(indexed()).toContain("Title of b");
      fs.unlinkSync(fixture.path("b"));
      const store = await fixture.open();
      expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["a"]);
      await store.close();
      expect(indexed()).not.toContain("Title of b");
      expect(indexed()).toContain("Title of a");
    });

    // `touch -r`, `cp -p`, `rsync -t`: the list showed the old title until the next write.
    it("an edit by hand that keeps a session's size and sets its time back is listed", async () => {
      await settledSessions(["a"]);
      fs.utimesSync(fixture.path("a"), 1000, 1000);
      await settled();
      const store = await fixture.open();
      await store.list();
      await store.close();
      const { size, ino } = fs.statSync(fixture.path("a"));
      fixture.edit("a", "Title", "Litte");
      fs.utimesSync(fixture.path("a"), 1000, 1000);
      expect(fs.statSync(fixture.path("a"))).toMatchObject({ size, ino, mtimeMs: 1_000_000 });
      expect((await (await fixture.open()).list()).sessions).toMatchObject([{ title: "Litte of a" }]);
    });

    it("the last session that goes takes the index along", async () => {
      await settledSessions(["a"]);
      const store = await fixture.open();
      await store.delete("a");
      await store.close();
      expect(fs.existsSync(indexPath())).toBe(false);
    });

    it("sessions that are deleted one after the other leave the index in a few rewrites, and all of them at the end", async () => {
      const ids = ["a", "b", "c", "d", "e"];
      await settledSessions(ids);
      // A clock that only goes on when it is looked at: a rewrite takes some time, what lies between two of them takes none.
      let now = 0;
      vi.spyOn(performance, "now").mockImplementation(() => ++now);
      const folder = lister();
      const left: string[] = [];
      for (const id of ids.slice(0, 4)) {
        fs.unlinkSync(fixture.path(id));
        folder.touch(`${id}.${codec.extension}`);
        await folder.flush();
        left.push(ids.filter((other) => indexed().includes(`Title of ${other}`)).join(""));
      }
      expect(left).toEqual(["bcde", "bcde", "bcde", "bcde"]);
      now += 1_000_000;
      await folder.flush();
      expect(indexed()).not.toMatch(/Title of [abcd]/);
      await folder.close();
    });

    // A flush that was under way when the store was closed wrote its rows afterwards, and put off what was to be dropped for ever.
    it("close() waits for what is being written, and leaves nothing for later", async () => {
      await settledSessions(["a", "b", "c"]);
      let now = 0;
      vi.spyOn(performance, "now").mockImplementation(() => ++now);
      const folder = lister();
      const flushes: Promise<void>[] = [];
      for (const id of ["a", "b"]) {
        fs.unlinkSync(fixture.path(id));
        folder.touch(`${id}.${codec.extension}`);
        flushes.push(folder.flush());
      }
      await folder.close();
      expect(indexed()).not.toMatch(/Title of [ab]/);
      const { ino } = fs.statSync(indexPath());
      await Promise.all(flushes);
      expect(fs.statSync(indexPath()).ino).toBe(ino);
    });
  });
}
