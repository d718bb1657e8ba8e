import type { SessionStore } from "../session-store.js";
import { same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { numbered } from "./sample-messages.js";

export const iterationClauses: readonly Clause[] = clauseGroup("reads", [
  {
    id: "reads.again",
    title:
      "what messages(), search() and namespaces() return may be iterated again, each time anew; never is it silently empty",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      const results = iterables(store);
      for (const { result } of results) for await (const _ of result) break;
      for (const time of ["after it was left early", "once more"]) {
        for (const { name, result, before } of results)
          same(await positions(result), before, `${name} that is iterated ${time}`);
      }
      await store.append("a", numbered(4, 4));
      await store.inNamespace("b").create({ id: "b" });
      for (const { name, result, after } of results)
        same(await positions(result), after, `${name} that is iterated after a write`);
      const inside = await store.withLock("a", async (session) => {
        const entries = session.messages({ last: 2 });
        return [...(await positions(entries)), ...(await positions(entries))];
      });
      same(inside, [3, 4, 3, 4], "messages() of a lock's handle that is iterated twice");
    },
  },
]);

interface Result {
  readonly name: string;
  readonly result: AsyncIterable<string | { readonly seq: number | null }>;
  /** What it yields before and after the writes of the clause. */
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

function iterables(store: SessionStore): readonly Result[] {
  const all = { before: [1, 2, 3], after: [1, 2, 3, 4] };
  return [
    { name: "messages()", result: store.messages("a"), ...all },
    {
      name: "messages() of the last ones",
      result: store.messages("a", { last: 2, order: "desc" }),
      before: [3, 2],
      after: [4, 3],
    },
    { name: "search()", result: store.search("message"), ...all },
    { name: "namespaces()", result: store.namespaces(), before: [""], after: ["", "b"] },
  ];
}

async function positions(result: Result["result"]): Promise<readonly unknown[]> {
  return (await collect(result)).map((item) => (typeof item === "string" ? item : item.seq));
}
