import type { SessionStore } from "../session-store.js";
import { compareCodePoints } from "../text.js";
import { holds, rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { callsWithId } from "./every-method.js";
import { HOSTILE_IDS, INVALID_IDS, LONG_IDS } from "./hostile-ids.js";
import { idsIn, observe, observeAll } from "./observe-session.js";
import { textsOf, user } from "./sample-messages.js";

export const idClauses: readonly Clause[] = clauseGroup("ids", [
  {
    id: "id.generated",
    title: "create() without an id makes one that is URL-safe, unique and sorts by creation",
    async run({ open }) {
      const [first, second] = [await open(), await open()];
      const made: string[] = [];
      for (let n = 0; n < 40; n++) made.push((await first.create()).id);
      for (const id of made)
        holds(
          /^[A-Za-z0-9._~-]+$/.test(id),
          "a generated id",
          id,
          "characters that need no escaping in a URL",
        );
      same(made.toSorted(compareCodePoints), made, "ids of one handle sort in the order they were made");
      const others = await Promise.all(Array.from({ length: 40 }, () => second.create({})));
      same(
        new Set([...made, ...others.map(({ id }) => id)]).size,
        80,
        "different ids among 80 from two handles",
      );
    },
  },
  {
    id: "id.hostile",
    title:
      "paths, devices, dots, prototype names, wildcards, case and Unicode forms are all legal, distinct ids",
    async run({ open }) {
      const store = await open();
      await checkDistinct(store, HOSTILE_IDS);
      await store.close();
      const again = await open();
      same(await idsIn(again), HOSTILE_IDS.toSorted(compareCodePoints), "the ids that a new handle lists");
      await checkVerbs(again, HOSTILE_IDS);
    },
  },
  {
    id: "id.long",
    title: "512 UTF-8 bytes of ASCII, CJK or emoji are a legal id",
    async run({ open }) {
      const store = await open();
      await checkDistinct(store, LONG_IDS);
      await checkVerbs(store, LONG_IDS);
    },
  },
  {
    id: "id.stays-inside",
    title: "no id and no namespace leads out of the store's place",
    requires: ["surroundings"],
    async run({ open, hook }) {
      const before = await hook("surroundings")();
      const store = await open();
      for (const hostile of HOSTILE_IDS) {
        await store.create({ id: hostile, messages: [user("x")] });
        await store.append(hostile, user("y"));
        const view = store.inNamespace(hostile);
        await view.save(hostile, { messages: [user("x")] });
        await view.delete(hostile);
      }
      same(await hook("surroundings")(), before, "what lies around the place");
    },
  },
  {
    id: "id.invalid",
    title: "what is no id rejects INVALID_SESSION_ID on every method, and nothing is written",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "kept", messages: [user("x")] });
      const before = await observeAll(store);
      for (const id of INVALID_IDS) {
        for (const { method, call } of callsWithId(id)) {
          await rejects("INVALID_SESSION_ID", () => call(store), `${method}() with ${describeId(id)}`);
        }
        const fork = store.fork("kept", { id: id as string });
        await rejects("INVALID_SESSION_ID", fork, `fork() to ${describeId(id)}`);
      }
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
  {
    id: "id.siblings",
    title: "ids that begin alike, or look like files of one another, never see one another",
    async run({ open }) {
      const store = await open();
      const ids = [
        "a",
        "ab",
        "a/b",
        "a:b",
        "a.json",
        "a.jsonl",
        "a.yaml",
        "a b",
        "A",
        "aa",
        "a.",
        "a~",
        "a%",
      ];
      for (const id of ids) await store.create({ id, title: `t ${id}`, messages: [user(`first of ${id}`)] });
      for (const id of ids) {
        const others = ids.filter((other) => other !== id);
        const before = await Promise.all(others.map((other) => observe(store, other)));
        await store.append(id, user(`second of ${id}`));
        await store.update(id, { title: `new ${id}`, state: { id } });
        await store.truncate(id, 1);
        same(await textsOf(store, id), [`first of ${id}`], `the messages of ${id}`);
        same(
          await Promise.all(others.map((other) => observe(store, other))),
          before,
          `the siblings after writes to ${id}`,
        );
      }
      for (const id of ids) {
        same(await store.delete(id), true, `delete("${id}")`);
        same(await store.exists(id), false, `exists("${id}") after its delete`);
        const rest = ids.slice(ids.indexOf(id) + 1);
        same(await idsIn(store), rest.toSorted(compareCodePoints), `the siblings left after deleting ${id}`);
      }
    },
  },
]);

/** Makes a session of each id, and sees that each is its own. */
async function checkDistinct(store: SessionStore, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const head = await store.create({
      id,
      title: `of ${id.slice(0, 20)}`,
      messages: [user(`text of ${id}`)],
    });
    same(head.id, id, "the id that create() returns");
  }
  for (const id of ids) {
    await rejects(
      "SESSION_ALREADY_EXISTS",
      store.create({ id }),
      `create() of the taken id ${JSON.stringify(id)}`,
    );
    same(await textsOf(store, id), [`text of ${id}`], `the messages of ${JSON.stringify(id)}`);
    const { sessions } = await store.list({ ids: [id] });
    same(
      sessions.map((session) => session.id),
      [id],
      `list() of the one id ${JSON.stringify(id)}`,
    );
  }
}

/** Every kind of write and the delete, on each of the ids. */
async function checkVerbs(store: SessionStore, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const name = JSON.stringify(id);
    same((await store.append(id, user("more"))).messageCount, 2, `append() to ${name}`);
    same((await store.update(id, { title: "renamed" })).title, "renamed", `update() of ${name}`);
    same((await store.head(id)).id, id, `head() of ${name}`);
    same((await store.truncate(id, 1)).messageCount, 1, `truncate() of ${name}`);
    same((await store.save(id, { messages: [user("saved")] })).messageCount, 1, `save() of ${name}`);
    const forked = await store.fork(id, { id: "fork target" });
    same(forked.parent?.id, id, `the parent link to ${name}`);
    await store.delete("fork target");
    same(await store.withLock(id, async (session) => session.id), id, `withLock() on ${name}`);
  }
  for (const id of ids) {
    same(await store.delete(id), true, `delete() of ${JSON.stringify(id)}`);
    same(await store.exists(id), false, `exists() of ${JSON.stringify(id)} after its delete`);
  }
  same(await idsIn(store), [], "the sessions left after deleting every one");
}

function describeId(id: unknown): string {
  const text = typeof id === "string" ? JSON.stringify(id) : String(id);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
