import { compareCodePoints } from "../text.js";
import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { holdLock } from "./hold-lock.js";
import { HOSTILE_IDS, INVALID_IDS, LONG_IDS } from "./hostile-ids.js";
import { idsIn, observe, observeAll } from "./observe-session.js";
import { numbered, textsOf, user } from "./sample-messages.js";

export const namespaceClauses: readonly Clause[] = clauseGroup("namespaces", [
  {
    id: "namespace.isolated",
    title: "the same id in two namespaces is two sessions for every method",
    async run({ open }) {
      const store = await open();
      const one = store.inNamespace("one");
      const two = await open({ namespace: "two" });
      for (const view of [store, one, two]) {
        const head = await view.create({
          id: "a",
          title: `in ${view.namespace}`,
          messages: [user(`word ${view.namespace}`)],
        });
        same(head.namespace, view.namespace, "the namespace in what create() returns");
      }
      const others = async (): Promise<unknown> => [await observeAll(store), await observeAll(two)];
      const before = await others();
      await one.append("a", user("second"), { operationId: "op" });
      await one.update("a", { state: { n: 1 }, labels: ["l"] });
      await one.truncate("a", 1);
      await one.save("a", { messages: numbered(1, 3) });
      await one.fork("a", { id: "b" });
      await one.restore({
        head: { ...(await one.head("b")), id: "c" },
        entries: await collect(one.messages("b")),
      });
      await one.create({ id: "d" });
      same(await others(), before, "the sessions of the other namespaces after writes to one");
      same(await idsIn(one), ["a", "b", "c", "d"], "the sessions of the namespace written to");
      same(await idsIn(two), ["a"], "the sessions of another namespace");
      same(await two.exists("b"), false, "exists() of an id that another namespace has");
      await rejects("SESSION_NOT_FOUND", two.load("b"), "load() of an id that another namespace has");
      const hits = await collect(two.search("word"));
      same(
        hits.map(({ id, namespace }) => ({ id, namespace })),
        [{ id: "a", namespace: "two" }],
        "what search() finds in a namespace",
      );
      same(await one.delete("a"), true, "delete() in one namespace");
      same(await others(), before, "the other namespaces after a delete in one");
      same((await two.head("a")).namespace, "two", "the namespace in a head");
    },
  },
  {
    id: "namespace.own-operations-and-locks",
    title: "locks, operation ids and revisions of one namespace mean nothing in another",
    async run(context) {
      const { open } = context;
      const store = await open({ lockTimeoutMs: 0 });
      const view = store.inNamespace("tenant");
      await store.create({ id: "a" });
      await view.create({ id: "a" });
      const held = await holdLock(context, store, "a");
      await view.append("a", user("x"), { operationId: "op", expectedRevision: 1 });
      await view.withLock("a", async (session) => session.append(user("y")));
      await held.release();
      await store.append("a", user("other content"), { operationId: "op", expectedRevision: 1 });
      same(await textsOf(store, "a"), ["other content"], "the session of the default namespace");
      same(await textsOf(view, "a"), ["x", "y"], "the session of the tenant");
    },
  },
  {
    id: "namespace.hostile",
    title: "every legal id is a legal namespace, distinct from all others and from every id",
    async run({ open }) {
      const store = await open();
      const names = [...HOSTILE_IDS, ...LONG_IDS];
      await store.create({ id: "shared", title: "default" });
      for (const name of names)
        await store.inNamespace(name).create({ id: "shared", title: name.slice(0, 20) });
      for (const name of names) {
        const view = store.inNamespace(name);
        same(await idsIn(view), ["shared"], `the sessions of the namespace ${JSON.stringify(name)}`);
        const head = await view.append("shared", user("x"));
        same([head.namespace, head.title], [name, name.slice(0, 20)], "the session of a hostile namespace");
      }
      same(await idsIn(store), ["shared"], "the sessions of the default namespace");
      same(
        (await store.head("shared")).messageCount,
        0,
        "the default namespace's session after writes to the others",
      );
      same(
        await collect(store.namespaces()),
        ["", ...names].toSorted(compareCodePoints),
        "namespaces() with hostile names",
      );
    },
  },
  {
    id: "namespace.enumerated",
    title:
      "namespaces() yields those that hold a session, each once, ordered by code point, whatever view asks",
    async run({ open }) {
      const store = await open();
      for (const name of ["b", "a", "\u{10000}", "\uffee", "B"])
        await store.inNamespace(name).create({ id: "x" });
      for (const id of ["y", "z"]) await store.inNamespace("a").create({ id });
      const expected = ["B", "a", "b", "\uffee", "\u{10000}"];
      same(await collect(store.namespaces()), expected, "namespaces() while the default one is empty");
      await store.create({ id: "x" });
      const withDefault = ["", ...expected];
      same(await collect(store.namespaces()), withDefault, "namespaces() with the default one");
      same(await collect(store.inNamespace("a").namespaces()), withDefault, "namespaces() of a view");
      await store.inNamespace("b").delete("x");
      await store.inNamespace("empty").list();
      const left = withDefault.filter((name) => name !== "b");
      same(await collect(store.namespaces()), left, "namespaces() after the last session of one was deleted");
      same(await collect((await open()).namespaces()), left, "namespaces() of a new handle");
    },
  },
  {
    id: "namespace.invalid",
    title: "what is no id is no namespace either, but the empty text is the default one",
    async run({ open }) {
      const store = await open();
      for (const name of INVALID_IDS) {
        if (name === "") continue;
        await rejects(
          "INVALID_SESSION_ID",
          () => store.inNamespace(name as string),
          "inNamespace() of what is no name",
        );
        await rejects(
          ["INVALID_SESSION_ID", "INVALID_OPTIONS"],
          async () => open({ namespace: name as string }),
          "opening with a namespace that is no name",
        );
      }
      await store.create({ id: "a", title: "T" });
      same(
        await observe(store.inNamespace(""), "a"),
        await observe(store, "a"),
        "the view of the default namespace",
      );
      same(
        await observe(store.inNamespace("x").inNamespace(""), "a"),
        await observe(store, "a"),
        "a view of a view",
      );
    },
  },
]);
