import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Entry, SessionHead, SessionStore } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { collect, EngineFixture, type Format } from "./engine-fixture.js";

interface Expected {
  readonly namespaces: readonly string[];
  readonly sessions: readonly { readonly head: SessionHead; readonly entries: readonly Entry[] }[];
  readonly unreadable: readonly { readonly namespace: string; readonly id: string; readonly code: string }[];
  readonly findings: readonly object[];
}

const EXPECTED = JSON.parse(
  fs.readFileSync(fileURLToPath(new URL("fixtures/v1/expected.json", import.meta.url)), "utf8"),
) as Expected;

/**
 * Files that the first version wrote, read for ever.
 *
 * @param folder `fixtures/v1` of the format's package
 */
export function fixtureTests(format: Format, folder: URL): void {
  const fixture = new EngineFixture(format);
  const frozen = fileURLToPath(folder);
  const user = (content: string): { role: string; content: string } => ({ role: "user", content });

  /** A copy: what is frozen is not touched. */
  async function openCopy(): Promise<SessionStore> {
    fs.cpSync(join(frozen, "store"), fixture.folder, { recursive: true });
    return await fixture.open();
  }

  describe(`${format.codec.name}: files of version 1.0`, () => {
    it("are the files that were frozen, every byte of them, and no others", () => {
      const digests = JSON.parse(fs.readFileSync(join(frozen, "digests.json"), "utf8")) as unknown;
      expect(digestsOf(join(frozen, "store"))).toEqual(digests);
    });

    it("hold what they held: every session, in every direction, and what could not be read cannot", async () => {
      const store = await openCopy();
      const before = digestsOf(fixture.folder);
      expect(await collect(store.namespaces())).toEqual(EXPECTED.namespaces);
      for (const { head, entries } of EXPECTED.sessions) {
        const view = store.inNamespace(head.namespace);
        expect(await view.head(head.id)).toEqual(head);
        expect(await collect(view.messages(head.id))).toEqual(entries);
        expect(await collect(view.messages(head.id, { order: "desc" }))).toEqual([...entries].reverse());
        expect(await collect(view.messages(head.id, { after: 1, before: 4 }))).toEqual(entries.slice(1, 3));
      }
      for (const namespace of EXPECTED.namespaces) {
        const { sessions, unreadable } = await store.inNamespace(namespace).list({ limit: 100 });
        const ids = EXPECTED.sessions.filter(({ head }) => head.namespace === namespace);
        expect(sessions.map(({ id }) => id).sort()).toEqual(ids.map(({ head }) => head.id).sort());
        expect(unreadable.map(({ id, code }) => ({ namespace, id, code })).sort(byId)).toEqual(
          EXPECTED.unreadable.filter((item) => item.namespace === namespace),
        );
      }
      const findings = await collect(store.verify());
      expect(
        findings.map(({ namespace, id, fault, repairable }) => ({ namespace, id, fault, repairable })),
      ).toEqual(EXPECTED.findings);
      const index = `.index.${format.codec.extension}`;
      const withoutIndex = (digests: Record<string, string>): string[] =>
        Object.entries(digests).flatMap(([name, digest]) =>
          name.endsWith(index) ? [] : [`${name} ${digest}`],
        );
      expect(withoutIndex(digestsOf(fixture.folder))).toEqual(withoutIndex(before));
    });

    it("can be written to, and keep all they held", async () => {
      const store = await openCopy();
      for (const { head, entries } of EXPECTED.sessions) {
        const view = store.inNamespace(head.namespace);
        await view.append(head.id, user("appended"));
        const { messages, ...after } = await (await fixture.open()).inNamespace(head.namespace).load(head.id);
        expect(messages).toEqual([...entries.map(({ message }) => message), user("appended")]);
        expect(after).toMatchObject({ title: head.title, state: head.state, revision: head.revision + 1 });
      }
      expect(fixture.read("newer-minor")).toContain("from 1.7");
      expect(fixture.read("newer-minor")).toContain("colour");
      expect(fixture.aside("torn")).toHaveLength(1);
    });

    it("remember the operations that they remembered", async () => {
      const store = await openCopy();
      const { revision } = await store.head("operations");
      for (const n of [1, 4]) await store.append("operations", user(`op ${n}`), { operationId: `op-${n}` });
      expect((await store.head("operations")).revision).toBe(revision);
      await expect(store.append("operations", user("other"), { operationId: "op-2" })).rejects.toMatchObject({
        code: "OPERATION_MISMATCH",
      });
    });
  });
}

/** The SHA-256 of every file beneath a folder, by its name in it. */
function digestsOf(folder: string): Record<string, string> {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    files.map((path) => [
      path.slice(folder.length + 1).replaceAll("\\", "/"),
      createHash("sha256").update(fs.readFileSync(path)).digest("hex"),
    ]),
  );
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
