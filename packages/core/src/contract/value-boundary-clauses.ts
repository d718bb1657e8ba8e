import { InvalidInputError } from "../errors.js";
import type { JsonObject } from "../json-value.js";
import type { Message } from "../session.js";
import { holds, rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { REFUSED_VALUES } from "./hostile-values.js";
import { idsIn, observeAll } from "./observe-session.js";
import { user } from "./sample-messages.js";

export const valueBoundaryClauses: readonly Clause[] = clauseGroup("values", [
  {
    id: "value.refused",
    title:
      "what JSON cannot carry rejects INVALID_VALUE with the path to the offender, and nothing is written",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("x")], state: { x: 1 } });
      const before = await observeAll(store);
      for (const { what, make } of REFUSED_VALUES) {
        const message = (): Message => ({ role: "user", content: [0, { bad: make() }] }) as never;
        const writes: readonly (readonly [string, () => Promise<unknown>])[] = [
          ["append", () => store.append("a", message())],
          ["append of a batch", () => store.append("a", [user("fine"), message()])],
          ["create", () => store.create({ id: "new", messages: [message()] })],
          ["create with state", () => store.create({ id: "new", state: { bad: make() } as never })],
          ["save", () => store.save("a", { messages: [message()] })],
          ["save with state", () => store.save("new", { messages: [], state: { bad: make() } as never })],
          ["update of state", () => store.update("a", { state: { bad: make() } as never })],
          ["update by path", () => store.update("a", { set: [[["deep", "bad"], make() as never]] })],
          ["update by function", () => store.update("a", () => ({ state: { bad: make() } as never }))],
        ];
        for (const [method, write] of writes) {
          const error = await rejects("INVALID_VALUE", write, `${method}() with ${what}`);
          holds(
            error instanceof InvalidInputError,
            "the class of the error",
            error,
            "an InvalidInputError, which carries a path",
          );
          holds(
            /bad|set|state/.test(error.path),
            `the path in the error for ${what}`,
            error.path,
            "a path that leads to the value",
          );
        }
      }
      for (const [index, notAnObject] of [null, undefined, "text", 7, true, () => 1, new Date(0)].entries()) {
        const bad = notAnObject as never;
        await rejects("INVALID_VALUE", store.append("a", bad), `append() of no object (${index})`);
        await rejects(
          "INVALID_VALUE",
          store.append("a", [bad]),
          `append() of a list of no object (${index})`,
        );
      }
      await rejects(
        "INVALID_VALUE",
        store.append("a", [[user("x")]] as never),
        "append() of a list in a list",
      );
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
  {
    id: "value.refused-state",
    title: "a state that is no JSON object rejects INVALID_VALUE",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", state: { x: 1 } });
      for (const state of [null, [], "text", 1, true, new Map(), () => 1]) {
        await rejects(
          "INVALID_VALUE",
          store.create({ id: "b", state: state as never }),
          "create() with a bad state",
        );
        await rejects(
          "INVALID_VALUE",
          store.update("a", { state: state as never }),
          "update() with a bad state",
        );
        const save = store.save("a", { messages: [], state: state as never });
        await rejects("INVALID_VALUE", save, "save() with a bad state");
      }
      same((await store.head("a")).state, { x: 1 }, "the state afterwards");
      same(await store.exists("b"), false, "exists() of the refused session");
    },
  },
  {
    id: "value.owned",
    title: "changing what was passed in, or what was returned, changes nothing in the store",
    async run({ open }) {
      const store = await open();
      const message = { role: "user", content: { parts: ["word"] } };
      const state = { step: { n: 1 }, list: [1] };
      const labels = ["a"];
      const metadata = { k: 1 };
      const creating = store.create({ id: "a", messages: [message], state, labels, metadata });
      message.content.parts.push("changed at once");
      state.step.n = 99;
      labels.push("changed");
      metadata.k = 99;
      await creating;
      const appending = store.append("a", message);
      message.content.parts.push("changed again");
      await appending;
      const before = await observeAll(store);
      same(
        (await store.load("a")).messages.map((m) => m.content),
        [{ parts: ["word"] }, { parts: ["word", "changed at once"] }],
        "what was given when the call was made",
      );
      same(
        (await store.head("a")).state,
        { step: { n: 1 }, list: [1] },
        "the state given when the call was made",
      );
      await vandalise(await store.update("a", { title: "" }));
      await vandalise(await store.load("a"));
      await vandalise(await store.head("a"));
      await vandalise(await store.list());
      await vandalise(await collect(store.messages("a")));
      await vandalise(await collect(store.search("word")));
      await rejects(
        "INVALID_VALUE",
        store.update("a", (head) => {
          vandalise(head);
          return { title: "a\u0000b" };
        }),
        "an update function that changes its argument and fails",
      );
      same(await observeAll(store), before, "the session after everything returned was changed");
    },
  },
  {
    id: "value.schema",
    title:
      "a Standard Schema is asked on every write, its output is what is stored, its refusal is INVALID_VALUE",
    async run({ open }) {
      const store = await open({ schema: { message: UPPER_CASE_ROLE, state: NEEDS_STEP } });
      await store.create({ id: "a", messages: [user("x")], state: { step: 1 } });
      await store.append("a", user("y"));
      await store.update("a", { set: { other: 2 } });
      const session = await store.load("a");
      same(
        session.messages.map(({ role }) => role),
        ["USER", "USER"],
        "what the schema made of the messages",
      );
      same(session.state, { step: 1, other: 2 }, "the state");
      const before = await observeAll(store);
      await rejects(
        "INVALID_VALUE",
        store.append("a", { content: "no role" }),
        "append() of what the schema refuses",
      );
      await rejects(
        "INVALID_VALUE",
        store.create({ id: "b", messages: [{}], state: { step: 1 } }),
        "create() of what the schema refuses",
      );
      await rejects(
        "INVALID_VALUE",
        store.save("a", { messages: [{}] }),
        "save() of what the schema refuses",
      );
      await rejects("INVALID_VALUE", store.update("a", { state: {} }), "update() to what the schema refuses");
      await rejects(
        "INVALID_VALUE",
        store.update("a", { unset: ["step"] }),
        "unset of what the schema wants",
      );
      same(await observeAll(store), before, "the sessions afterwards");
    },
  },
  {
    id: "value.schema-initial-state",
    title:
      "a session that is made without a state begins with what the schema makes of {}; where it refuses {}, no session is made",
    async run({ open }) {
      const store = await open({ schema: { state: BEGUN } });
      await store.create({ id: "created" });
      await store.append("appended", user("x"), { createIfMissing: true });
      await store.save("saved", { messages: [user("x")] });
      for (const id of await idsIn(store)) {
        same((await store.head(id)).state, { begun: true }, `the state of the session that was ${id}`);
        same(
          (await store.update(id, { set: { n: 1 } })).state,
          { begun: true, n: 1 },
          "its state after a set",
        );
      }
      same(
        (await store.create({ id: "b", state: { begun: false } })).state,
        { begun: false },
        "a given state",
      );
      const strict = await open({ schema: { state: NEEDS_STEP } });
      const before = await observeAll(store);
      const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["create()", () => strict.create({ id: "new" })],
        ["append()", () => strict.append("new", user("x"), { createIfMissing: true })],
        ["save()", () => strict.save("new", { messages: [] })],
      ];
      for (const [method, call] of refused)
        await rejects(
          "INVALID_VALUE",
          call(),
          `${method} of a session without the state that the schema wants`,
        );
      same(await observeAll(store), before, "the sessions afterwards");
      await strict.append("created", user("x"), { createIfMissing: true });
      await strict.save("saved", { messages: [] });
      same((await store.head("saved")).state, { begun: true, n: 1 }, "the state of a session that is there");
    },
  },
]);

/** Changes everything that can be changed in a value, at every level. A frozen value is as good as a copy. */
function vandalise(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) vandalise(item);
  if (Object.isFrozen(value)) return;
  if (Array.isArray(value)) value.push("vandal");
  else Object.assign(value, { vandal: true, title: "vandal", content: "vandal", n: 99 });
}

type Schema = NonNullable<NonNullable<Parameters<Parameters<Clause["run"]>[0]["open"]>[0]>["schema"]>;

const UPPER_CASE_ROLE: NonNullable<Schema["message"]> = {
  "~standard": {
    version: 1,
    vendor: "contract",
    validate: (value) => {
      const { role } = value as Message;
      if (typeof role !== "string") return { issues: [{ message: "role is missing", path: ["role"] }] };
      return { value: { ...(value as Message), role: role.toUpperCase() } };
    },
  },
};

const NEEDS_STEP: NonNullable<Schema["state"]> = {
  "~standard": {
    version: 1,
    vendor: "contract",
    validate: (value) =>
      Object.hasOwn(value as object, "step")
        ? { value: value as JsonObject }
        : { issues: [{ message: "step is missing", path: ["step"] }] },
  },
};

const BEGUN: NonNullable<Schema["state"]> = {
  "~standard": {
    version: 1,
    vendor: "contract",
    validate: (value) => ({ value: { begun: true, ...(value as object) } }),
  },
};
