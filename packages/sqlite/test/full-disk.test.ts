import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { codeOf, makePlace, removePlace } from "./sqlite-harness.js";

let path: string;
let disk: string;
let isMounted = false;

/** Whether a small file system can be mounted here: on Linux, as root. */
function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

beforeEach(async () => {
  path = await makePlace();
  disk = dirname(path);
  mkdirSync(disk);
});

afterEach(async () => {
  if (isMounted) execFileSync("umount", [disk]);
  isMounted = false;
  await removePlace(path);
});

const reason = canMount() ? "" : " (skipped: no file system can be mounted here)";

for (const journalMode of ["wal", "delete"] as const) {
  it.skipIf(reason !== "")(
    `on a full disk a write rejects STORE_IO, keeps what there is, and goes on when there is space (${journalMode})${reason}`,
    async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", disk]);
      isMounted = true;
      const store = await openSqliteSessionStore({ path, journalMode });
      await store.create({ id: "a", messages: [{ content: "first" }] });
      const ballast = join(disk, "ballast");
      writeFileSync(ballast, Buffer.alloc(400 * 1024));
      let acknowledged = 1;
      let code = "none";
      while (code === "none") {
        code = await codeOf(store.append("a", { content: `${acknowledged} `.repeat(5000) }));
        if (code === "none") acknowledged++;
      }
      expect(code).toBe("STORE_IO");
      // A write in slices ends the same way.
      const many = Array.from({ length: 2000 }, (_, n) => ({ content: `message ${n} `.repeat(50) }));
      expect(await codeOf(store.append("a", many))).toBe("STORE_IO");
      expect((await store.load("a")).messages).toHaveLength(acknowledged);
      rmSync(ballast);
      await store.append("a", { content: "there is space again" });
      expect((await store.head("a")).messageCount).toBe(acknowledged + 1);
      const findings = [];
      for await (const found of store.verify()) findings.push(found);
      expect(findings).toEqual([]);
      await store.close();
    },
  );
}

// It named the store, whose disk had room, and said nothing of the target.
it.skipIf(reason !== "")(
  `a backup to a full disk names its target, and leaves nothing there${reason}`,
  async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
    isMounted = true;
    const source = join(dirname(disk), "source.db");
    const store = await openSqliteSessionStore({ path: source });
    await store.create({ id: "a", messages: [{ content: "x".repeat(400_000) }] });
    const target = join(disk, "copy.db");
    await expect(store.backup(target)).rejects.toMatchObject({
      code: "STORE_IO",
      location: target,
      message: expect.stringContaining(`${source} could not be copied to ${target}: `) as unknown,
    });
    expect(readdirSync(disk)).toEqual([]);
    expect((await store.head("a")).messageCount).toBe(1);
    await store.close();
  },
);
