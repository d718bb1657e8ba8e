import { fork } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { contents, EngineFixture, type Format } from "./engine-fixture.js";

const WORKER = fileURLToPath(new URL("append-worker.mjs", import.meta.url));

/** Many writers at once, in this process and in others. `module` is the built package that the others import. */
export function lockingTests(format: Format, module: string, exportName: string): void {
  const fixture = new EngineFixture(format);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  /** Appends `<name> 1` … `<name> n` in a process of its own. */
  function appendElsewhere(id: string, name: string, count: number): Promise<void> {
    const child = fork(WORKER, [module, exportName, fixture.folder, id, name, String(count)], {
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
