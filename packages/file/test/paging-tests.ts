import { fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { type ListQuery, type SessionPage, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineFixture, type Format, settled } from "./engine-fixture.js";

const CALL_WORKER = fileURLToPath(new URL("call-worker.mjs", import.meta.url));
const IDS = Array.from({ length: 12 }, (_, n) => `s${String(n).padStart(2, "0")}`);
const message = { role: "user", content: "x" };

type Change = (store: SessionStore, id: string, fixture: EngineFixture) => unknown;

const CHANGES = {
  nothing: () => undefined,
  append: (store, id) => store.append(id, message, { createIfMissing: true }),
  "new title": (store, id) => store.update(id, { title: `t${id}` }),
  "new flags": (store, id) => store.update(id, (head) => ({ pinned: !head.pinned, labels: ["l"] })),
  "no labels": (store, id) => store.update(id, { labels: [] }),
  replace: (store, id) => store.save(id, { messages: [message], title: "saved" }),
  create: (store, id) => store.create({ id: `${id}-new`, labels: ["l"] }),
  delete: (store, id) => store.delete(id),
  "edit by hand": (_, id, fixture) => rewrite(fixture, id, (text) => text.replace(/title"?: ?"?\w/, "$&Z")),
  damage: (_, id, fixture) =>
    rewrite(fixture, id, (text) => text.replace("agent-sessions", "agent_sessions")),
  mend: (_, id, fixture) => rewrite(fixture, id, (text) => text.replace("agent_sessions", "agent-sessions")),
} as const satisfies Record<string, Change>;

const happening = fc.record({
  what: fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])),
  id: fc.constantFrom(...IDS),
  isOwn: fc.boolean(),
});

const QUERIES: readonly ListQuery[] = [
  {},
  { direction: "asc" },
  { orderBy: "id" },
  { orderBy: "id", direction: "desc", labels: ["l"] },
  { orderBy: "createdAt" },
  { orderBy: "title" },
  { pinnedFirst: true },
  { labels: ["l"] },
  { pinned: false },
  { idPrefix: "s" },
];

/** In the file, as it stands: the folder does not change. */
function rewrite(fixture: EngineFixture, id: string, edit: (text: string) => string): void {
  if (fs.existsSync(fixture.path(id))) fixture.write(id, edit(fixture.read(id)));
}

/** What other processes and people do between two pages, and what the store itself writes. */
export function pagingTests(format: Format, module: string, exportName: string): void {
  const fixture = new EngineFixture(format);
  afterEach(() => void vi.restoreAllMocks());

  /** Sessions of different ages, in a folder that has not changed for some time. */
  async function filledStore(): Promise<SessionStore> {
    const store = await fixture.open();
    for (const [n, id] of IDS.entries()) {
      const at = `2026-01-${10 + n}T00:00:00.000Z`;
      await store.create({
        id,
        title: `title ${n % 3}`,
        labels: n % 2 === 0 ? ["l"] : [],
        createdAt: at,
        updatedAt: at,
      });
    }
    // So that the index is there, too.
    await settled();
    await store.list();
    await settled();
    return store;
  }

  /** What a store answers that remembers nothing. */
  async function freshPage(query: ListQuery): Promise<SessionPage> {
    const fresh = await fixture.open();
    const page = await fresh.list(query);
    await fresh.close();
    return page;
  }

  /** Which files are looked at while something is done. */
  async function filesLookedAt(work: () => Promise<unknown>): Promise<string[]> {
    const names: string[] = [];
    fixture.patch("lstatSync", (real, path, ...rest) => {
      names.push(String(path));
      return real(path, ...rest);
    });
    await work();
    fixture.unpatch();
    return names.filter((name) => name.endsWith(`.${format.codec.extension}`));
  }

  describe(`${format.codec.name}: pages`, () => {
    it.each([{}, { orderBy: "id" }, { orderBy: "createdAt", direction: "asc" }, { labels: ["l"] }] as const)(
      "a walk looks at no session more than twice: %o",
      async (query) => {
        const store = await filledStore();
        const looked = await filesLookedAt(async () => {
          let cursor: string | null | undefined;
          do {
            const page: SessionPage = await store.list({ ...query, limit: 1, cursor: cursor ?? undefined });
            cursor = page.nextCursor;
          } while (cursor !== null);
        });
        // All for the first page; then each as the one behind a page, and as one on the next.
        expect(looked.length).toBeLessThanOrEqual(3 * IDS.length);
      },
    );

    it("what a look found serves further pages for ten seconds", async () => {
      const store = await filledStore();
      const { nextCursor } = await store.list({ limit: 1 });
      const nextPage = (): Promise<string[]> =>
        filesLookedAt(async () => await store.list({ limit: 1, cursor: nextCursor ?? "" }));
      const now = performance.now();
      const clock = vi.spyOn(performance, "now");
      clock.mockReturnValue(now + 9_000);
      expect((await nextPage()).length).toBeLessThan(IDS.length);
      clock.mockReturnValue(now + 11_000);
      expect((await nextPage()).length).toBeGreaterThanOrEqual(IDS.length);
    });

    it("each page is the one that a store without a memory gives, whatever was done before it, by whomever", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...QUERIES),
          fc.integer({ min: 1, max: 4 }),
          fc.array(happening, { maxLength: 8 }),
          async (query, limit, happenings) => {
            fs.rmSync(fixture.folder, { recursive: true, force: true });
            const store = await filledStore();
            const other = await fixture.open();
            let cursor: string | undefined;
            for (const { what, id, isOwn } of [
              ...happenings,
              { what: "nothing", id: "", isOwn: true } as const,
            ]) {
              const page = await store.list({ ...query, limit, cursor });
              expect(page).toEqual(await freshPage({ ...query, limit, cursor }));
              if (page.nextCursor === null) break;
              cursor = page.nextCursor;
              await unlessRefused(() => CHANGES[what](isOwn ? store : other, id, fixture));
            }
            await store.close();
            await other.close();
          },
        ),
        { numRuns: 25 },
      );
    }, 60_000);

    it("what another process creates, deletes, replaces and writes to shows on the next page", async () => {
      const store = await filledStore();
      const child = fork(CALL_WORKER, [module, exportName, fixture.folder]);
      await once(child, "message");
      let { nextCursor } = await store.list({ limit: 2 });
      const listed: string[] = [];
      for (const [method, ...args] of [
        ["update", "s09", { title: "changed" }],
        ["append", "s07", message],
        ["create", { id: "new", title: "between", updatedAt: "2026-01-14T12:00:00.000Z" }],
        ["delete", "s03"],
        ["save", "s00", { messages: [message], title: "replaced" }],
      ]) {
        child.send({ method, args });
        const [answer] = await once(child, "message");
        expect(answer).toBe("done");
        const page = await store.list({ limit: 2, cursor: nextCursor ?? expect.unreachable() });
        listed.push(
          ...page.sessions.map(({ id, title }) => (title.startsWith("title") ? id : `${id} ${title}`)),
        );
        nextCursor = page.nextCursor;
      }
      child.kill();
      expect(listed).toEqual(["s09 changed", "s08", "s06", "s05", "new between", "s04", "s02", "s01"]);
    });

    // By a clock of the caller's own: by the system's, what is written to is newer than what was listed before.
    it("what this store writes shows on the next page when its clock was set back, too", async () => {
      let now = Date.now();
      await filledStore();
      const store = await fixture.open({ clock: () => now });
      const { nextCursor } = await store.list({ limit: 2 });
      now = Date.parse("2026-01-19T12:00:00.000Z");
      await store.append("s00", message);
      const query = { limit: 2, cursor: nextCursor ?? expect.unreachable() };
      expect((await store.list(query)).sessions.map(({ id }) => id)).toEqual(["s00", "s09"]);
    });

    it("a time that is set back by hand shows on the next page once what was remembered has had its time", async () => {
      const store = await filledStore();
      const { nextCursor } = await store.list({ limit: 2 });
      const query = { limit: 2, cursor: nextCursor ?? expect.unreachable() };
      await store.list(query);
      rewrite(fixture, "s11", (text) => text.replaceAll("2026-01-21T", "2026-01-19T"));
      const clock = vi.spyOn(performance, "now");
      const later = performance.now() + 10_001;
      clock.mockImplementation(() => later);
      expect((await store.list(query)).sessions.map(({ id }) => id)).toEqual(["s09", "s11"]);
    });

    it("what is remembered keeps no process alive", async () => {
      const store = await filledStore();
      const timers = (): number =>
        process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
      const before = timers();
      await store.list({ limit: 2 });
      expect(timers()).toBeLessThanOrEqual(before);
    });
  });
}

/** A session that is gone or damaged cannot be written to. */
async function unlessRefused(change: () => unknown): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!SessionStoreError.is(error)) throw error;
  }
}
