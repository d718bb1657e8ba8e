import type { JsonValue } from "../json-value.js";
import { holds, rejects, same } from "./assertions.js";
import type { ChildStore } from "./child-store.js";
import { type Clause, type ClauseContext, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { idsIn, observe } from "./observe-session.js";
import { codeOfChild } from "./other-writer.js";
import { numbered, textsOf, user } from "./sample-messages.js";

/** Races and locks between processes and threads; a store that declares `multiProcess: false` has none of them. */
export const processClauses: readonly Clause[] = clauseGroup("processes", [
  {
    id: "create.one-winner-processes",
    title: "of 4 processes that create one session exactly one wins, round after round",
    requires: ["multiProcess"],
    async run(context) {
      const children = await openChildren(context, 4);
      for (let round = 0; round < context.rounds; round++) {
        const id = `race ${round}`;
        const outcomes = await Promise.all(
          children.map((child, n) =>
            child.call([
              { method: "create", args: [{ id, title: `${n}`, messages: [user(`${n}`) as JsonValue] }] },
            ]),
          ),
        );
        const codes = outcomes.flat().map(codeOfChild).toSorted();
        same(
          codes,
          [...Array<string>(3).fill("SESSION_ALREADY_EXISTS"), "resolved"],
          "how the 4 calls ended",
        );
      }
    },
  },
  {
    id: "append.order-processes",
    title:
      "4 processes append to one session: nothing is lost, doubled or interleaved, and each keeps its order",
    requires: ["multiProcess"],
    async run(context) {
      const store = await context.open();
      await store.create({ id: "a" });
      const children = await openChildren(context, 4);
      const appends = 25;
      await Promise.all(
        children.map(async (child, n) => {
          const calls = Array.from({ length: appends }, (_, at) => ({
            method: "append",
            args: [
              "a",
              [user(`${n}.${at}.0`), user(`${n}.${at}.1`)] as JsonValue,
              { usage: { inputTokens: 1 } },
            ],
          }));
          same(
            (await child.call(calls)).map(codeOfChild),
            calls.map(() => "resolved"),
            "how the appends of a process end",
          );
        }),
      );
      const texts = (await textsOf(store, "a")).map(String);
      same(texts.length, 4 * appends * 2, "messages");
      for (let at = 0; at < texts.length; at += 2)
        same(texts[at + 1], texts[at]?.replace(/0$/, "1"), "a batch lies together");
      for (let n = 0; n < 4; n++) {
        const own = texts.filter((text) => text.startsWith(`${n}.`) && text.endsWith(".0"));
        same(
          own,
          Array.from({ length: appends }, (_, at) => `${n}.${at}.0`),
          "the appends of one process, in order",
        );
      }
      const head = await store.head("a");
      same([head.revision, head.usage.inputTokens], [4 * appends + 1, 4 * appends], "revision and usage");
      same(await collect(store.verify()), [], "findings afterwards");
    },
  },
  {
    id: "update.function-atomic-processes",
    title:
      "4 processes increment a counter 8 times each, by the function form and under the lock: none is lost",
    requires: ["multiProcess"],
    async run(context) {
      const store = await context.open();
      await store.create({ id: "a", state: { free: 0, locked: 0 } });
      const children = await openChildren(context, 4);
      await Promise.all(children.map((child) => child.increment("a", "free", 8)));
      await Promise.all(children.map((child) => child.incrementLocked("a", "locked", 8)));
      same((await store.head("a")).state, { free: 32, locked: 32 }, "the counters");
    },
  },
  {
    id: "append.operation-id-processes",
    title:
      "an operation is known to other processes, and applied once when 4 of them try it at the same time",
    requires: ["multiProcess"],
    async run(context) {
      const store = await context.open();
      await store.create({ id: "a" });
      const children = await openChildren(context, 4);
      const call = { method: "append", args: ["a", [user("once") as JsonValue], { operationId: "op" }] };
      await Promise.all(children.map((child) => child.call([call])));
      same(await textsOf(store, "a"), ["once"], "the messages");
    },
  },
  {
    id: "list.processes",
    title:
      "what other processes create, rename and delete is listed at the next call, each with its last title",
    requires: ["multiProcess"],
    async run(context) {
      const store = await context.open();
      const children = await openChildren(context, 4);
      await Promise.all(
        children.map((child, n) =>
          child.call([
            { method: "create", args: [{ id: `${n} a` }] },
            { method: "create", args: [{ id: `${n} b` }] },
            { method: "update", args: [`${n} a`, { title: "first" }] },
            { method: "update", args: [`${n} a`, { title: `last of ${n}` }] },
            { method: "delete", args: [`${n} b`] },
          ]),
        ),
      );
      const { sessions } = await store.list({ orderBy: "id" });
      same(
        sessions.map(({ id, title }) => [id, title]),
        [0, 1, 2, 3].map((n) => [`${n} a`, `last of ${n}`]),
        "the sessions and their titles",
      );
      same(
        await idsIn(await context.open()),
        sessions.map(({ id }) => id),
        "what a new handle lists",
      );
    },
  },
  {
    id: "lock.excludes-processes",
    title:
      "a lock held by another process keeps holders and plain writes out until it is released; reads pass",
    requires: ["multiProcess"],
    async run({ open, openElsewhere }) {
      const store = await open({ lockTimeoutMs: 0 });
      await store.create({ id: "a", messages: numbered(1, 2) });
      const before = await observe(store, "a");
      const child = await openElsewhere("process");
      await child.hold("a");
      await rejects(
        "SESSION_LOCKED",
        store.append("a", user("x")),
        "append() while a process holds the lock",
      );
      await rejects("SESSION_LOCKED", store.delete("a"), "delete() while a process holds the lock");
      await rejects(
        "SESSION_LOCKED",
        store.withLock("a", async () => undefined),
        "withLock() while a process holds the lock",
      );
      same(await observe(store, "a"), before, "the session while a process holds the lock");
      await child.release("a");
      await store.append("a", user("free"));
    },
  },
  {
    id: "lock.dead-holder",
    title: "a holder that is killed frees the lock at once",
    requires: ["multiProcess"],
    async run({ open, openElsewhere }) {
      const store = await open({ lockTimeoutMs: 0 });
      await store.create({ id: "a" });
      const child = await openElsewhere("process");
      await child.hold("a");
      await rejects("SESSION_LOCKED", store.append("a", user("x")), "append() while the holder lives");
      await child.kill();
      await store.append("a", user("x"));
      await store.withLock("a", (session) => session.append(user("y")), { timeoutMs: 0 });
      same((await store.head("a")).messageCount, 2, "messages afterwards");
    },
  },
  {
    id: "lock.workers",
    title: "worker threads exclude one another, and lose no write",
    requires: ["multiProcess"],
    async run({ open, openElsewhere }) {
      const [store, hasty] = [await open(), await open({ lockTimeoutMs: 0 })];
      await store.create({ id: "a", state: { free: 0, locked: 0 } });
      const [one, two] = await Promise.all([openElsewhere("worker"), openElsewhere("worker")]);
      await one.hold("a");
      await rejects("SESSION_LOCKED", hasty.append("a", user("x")), "append() while a thread holds the lock");
      await one.release("a");
      await Promise.all([one.increment("a", "free", 8), two.increment("a", "free", 8)]);
      await Promise.all([one.incrementLocked("a", "locked", 8), two.incrementLocked("a", "locked", 8)]);
      same((await store.head("a")).state, { free: 16, locked: 16 }, "the counters");
      // To end a thread in the middle of a call of a native driver can end the whole process.
      await Promise.all([one.close(), two.close()]);
    },
  },
  {
    id: "close.lets-processes-exit",
    title: "a process, and a thread, that has closed its store ends by itself",
    requires: ["multiProcess"],
    async run({ open, openElsewhere }) {
      const store = await open();
      await store.create({ id: "a" });
      for (const where of ["process", "worker"] as const) {
        const child = await openElsewhere(where);
        await child.call([
          { method: "append", args: ["a", user("x") as JsonValue] },
          { method: "list", args: [] },
          { method: "search", args: ["x"] },
        ]);
        await child.increment("a", "n", 2);
        await child.incrementLocked("a", "n", 2);
        await child.close();
      }
      const head = await store.head("a");
      holds(
        head.messageCount === 2 && head.state["n"] === 8,
        "what process and thread wrote",
        head,
        "2 messages and a counter of 8",
      );
    },
  },
]);

function openChildren({ openElsewhere }: ClauseContext, count: number): Promise<ChildStore[]> {
  return Promise.all(Array.from({ length: count }, () => openElsewhere("process")));
}
