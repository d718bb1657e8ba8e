import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { digest, type SessionStore, snapshotOf } from "@agent-sessions/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

/** Stores as released versions wrote them. They never change: a new format gets a folder of its own beside them. */
const FIXTURES = {
  v1: { sha256: "86cc2c1b28861d67c28f2a3d23190813c8b864f91757fb1803a701912b055a1e" },
  v2: { sha256: "602ce5996238d36cadca6f6c3addcd933d397cc221f5ca76c807f0f90c8c8ba7" },
} as const;

interface Expected {
  readonly namespace: string;
  readonly id: string;
  readonly messageCount: number;
  readonly revision: number;
  readonly digest: string;
}

let path: string;

beforeEach(async () => {
  path = await makePlace();
  mkdirSync(dirname(path));
});

afterEach(async () => {
  await removePlace(path);
});

async function contentsOf(store: SessionStore): Promise<Expected[]> {
  const contents: Expected[] = [];
  for await (const namespace of store.namespaces()) {
    const view = store.inNamespace(namespace);
    const { sessions } = await view.list({ limit: 1000, orderBy: "id", direction: "asc" });
    for (const { id, messageCount, revision } of sessions) {
      contents.push({
        namespace,
        id,
        messageCount,
        revision,
        digest: await digest(await snapshotOf(view, id)),
      });
    }
  }
  return contents;
}

for (const [version, { sha256 }] of Object.entries(FIXTURES)) {
  describe(`a database of format ${version}`, () => {
    const file = fileURLToPath(new URL(`./fixtures/${version}/sessions.db`, import.meta.url));
    const expected = JSON.parse(
      readFileSync(new URL(`./fixtures/${version}/expected.json`, import.meta.url), "utf8"),
    ) as Expected[];

    it("is the file that was committed", () => {
      expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(sha256);
    });

    it("opens with every session as it was, finds them, and goes on", async () => {
      copyFileSync(file, path);
      const store = await openSqliteSessionStore({ path });
      expect(expected.length).toBeGreaterThan(20);
      expect(await contentsOf(store)).toEqual(expected);
      // A write is what brings an older format forward.
      await store.append("long", { content: "written by this version" });
      const findings = [];
      for await (const found of store.verify()) findings.push(found);
      expect(findings).toEqual([]);
      const isOther = ({ id }: Expected): boolean => id !== "long";
      expect((await contentsOf(store)).filter(isOther)).toEqual(expected.filter(isOther));
      const hits = [];
      for await (const { id } of store.search("refresh token")) hits.push(id);
      expect(hits).toEqual(["full"]);
      const { sessions } = await store.list({ labels: ["auth"], metadata: { yes: true } });
      expect(sessions.map(({ id }) => id)).toEqual(["fork", "full"]);
      // The holder of its lock died; what repair once set aside is still there.
      await store.update("empty", { title: "not locked" });
      await store.close();
      const aside = "SELECT id, content FROM agent_sessions_set_aside";
      expect(meddle(path, (database) => database.prepare(aside).all())).toEqual([
        { id: "mended", content: "{garbled" },
      ]);
    });

    it("is opened and written by several processes at once", async () => {
      copyFileSync(file, path);
      const child = new URL("./store-child.mjs", import.meta.url);
      const ends = Array.from({ length: 4 }, (_, who) => {
        const job = { name: "append", id: "empty", who, times: 5 };
        const racer = fork(child, [JSON.stringify({ job, options: { path, durability: "relaxed" } })]);
        return new Promise((resolve, reject) => {
          racer.on("message", (said) => (said === "ready" ? racer.send("go") : resolve(said)));
          racer.once("error", reject);
          racer.once("disconnect", () => reject(new Error("the child ended")));
        });
      });
      expect(await Promise.all(ends)).toEqual(Array(4).fill("done"));
      const store = await openSqliteSessionStore({ path });
      expect((await store.head("empty")).messageCount).toBe(20);
      const isOther = ({ id, namespace }: Expected): boolean => id !== "empty" || namespace !== "";
      expect((await contentsOf(store)).filter(isOther)).toEqual(expected.filter(isOther));
      await store.close();
    });
  });
}
