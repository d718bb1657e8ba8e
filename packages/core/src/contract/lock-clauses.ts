import { SessionLockError } from "../errors.js";
import { codeOf, holds, rejects, rejectsWith, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { eventLoopTurn } from "./event-loop-turn.js";
import { holdLock } from "./hold-lock.js";
import { observe } from "./observe-session.js";
import { numbered, textsOf, user } from "./sample-messages.js";
import { writesTo } from "./writes-to.js";

const HOUR_MS = 3_600_000;

export const lockClauses: readonly Clause[] = clauseGroup("locks", [
  {
    id: "lock.excludes",
    title:
      "a second holder, and any plain write by others, waits; with no time to wait it rejects SESSION_LOCKED",
    async run(context) {
      const { open } = context;
      const [store, patient] = [await open(), await open()];
      const hasty = await open({ lockTimeoutMs: 0 });
      await store.create({ id: "a", messages: numbered(1, 3) });
      const held = await holdLock(context, store, "a");
      const before = await observe(hasty, "a");
      for (const [method, call] of writesTo("a")) {
        await rejects("SESSION_LOCKED", call(hasty), `${method}() while another handle holds the lock`);
      }
      same(await observe(hasty, "a"), before, "the session after refused writes");
      const order: string[] = [];
      const waiting = [
        patient.append("a", user("plain write of another handle")).then(() => order.push("other handle")),
        store.append("a", user("plain write of the same handle")).then(() => order.push("same handle")),
        patient.withLock("a", async () => order.push("second holder")),
      ];
      for (let n = 4; n <= 8; n++) await held.session.append(user(`message ${n}`));
      same(order, [], "what got through while the lock was held");
      await held.release();
      await Promise.all(waiting);
      const texts = await textsOf(hasty, "a");
      same(
        texts.slice(0, 8),
        numbered(1, 8).map(({ content }) => content),
        "the holder's messages, uninterrupted",
      );
      same(
        texts.slice(8).toSorted(),
        ["plain write of another handle", "plain write of the same handle"],
        "the others', behind",
      );
      same(order.toSorted(), ["other handle", "same handle", "second holder"], "who got through afterwards");
    },
  },
  {
    id: "lock.timeout",
    title:
      "a wait that is over rejects SESSION_LOCKED with timeoutMs; 0 tries once; a signal ends the wait with its reason",
    async run(context) {
      const { open } = context;
      const [store, other] = [await open(), await open()];
      await store.create({ id: "a" });
      const held = await holdLock(context, store, "a");
      let calls = 0;
      const body = async (): Promise<void> => {
        calls += 1;
      };
      for (const handle of [other, store]) {
        for (const timeoutMs of [0, 1, 30]) {
          const error = await rejects(
            "SESSION_LOCKED",
            handle.withLock("a", body, { timeoutMs }),
            `withLock() for ${timeoutMs} ms`,
          );
          holds(error instanceof SessionLockError, "the class of the error", error, "a SessionLockError");
          same(
            [error.timeoutMs, error.sessionId],
            [timeoutMs, "a"],
            "timeoutMs and the session in the error",
          );
        }
        const reason = new Error("the caller's own");
        const controller = new AbortController();
        const waiting = handle.withLock("a", body, { signal: controller.signal });
        controller.abort(reason);
        await rejectsWith(reason, waiting, "a signal that aborts during the wait");
        const aborted = handle.withLock("a", body, { signal: AbortSignal.abort(reason) });
        await rejectsWith(reason, aborted, "a signal that was aborted before");
      }
      same(calls, 0, "calls of bodies that had no lock");
      await held.release();
      await other.withLock("a", body, { timeoutMs: 0 });
      await store.withLock("a", body, { timeoutMs: 0 });
      same(calls, 2, "calls of bodies once the lock is free");
    },
  },
  {
    id: "lock.clock-steps",
    title: "a clock that is set while a write waits neither ends the wait nor stretches it",
    async run(context) {
      const { open, defer } = context;
      const store = await open();
      await store.create({ id: "a" });
      const [patient, hasty] = [await open({ lockTimeoutMs: 60_000 }), await open({ lockTimeoutMs: 30 })];
      const { now } = Date;
      defer(async () => {
        Date.now = now;
      });
      const held = await holdLock(context, store, "a");
      const waiting = patient.append("a", user("patient"));
      // Seen below; it must not count as unhandled while the other one is waited for.
      const outcome = settle(waiting);
      await settledIntoWaiting();
      Date.now = () => now() + HOUR_MS;
      await rejects(
        "SESSION_LOCKED",
        hasty.append("a", user("x")),
        "append() for 30 ms, the clock an hour ahead",
      );
      const late = hasty.append("a", user("x"));
      await settledIntoWaiting();
      Date.now = () => now() - HOUR_MS;
      await rejects("SESSION_LOCKED", late, "append() for 30 ms, the clock set back meanwhile");
      await held.release();
      same(
        codeOf(await outcome),
        "resolved",
        "how an append() ends that waits for a minute, the clock set twice",
      );
    },
  },
  {
    id: "lock.reads-pass",
    title: "reads never wait for a lock",
    async run(context) {
      const { open } = context;
      const [store, reader] = [await open(), await open({ lockTimeoutMs: 0 })];
      await store.create({ id: "a", title: "word", messages: numbered(1, 3) });
      const before = await observe(reader, "a");
      const held = await holdLock(context, store, "a");
      for (const handle of [reader, store]) {
        same(await observe(handle, "a"), before, "the session while it is locked");
        same((await collect(handle.search("word", { ids: ["a"] }))).length, 1, "hits while it is locked");
        same(await collect(handle.verify()), [], "findings while it is locked");
        same((await handle.fork("a")).messageCount, 3, "a fork of a locked session");
      }
      await held.release();
    },
  },
  {
    id: "lock.missing-session",
    title: "locking a missing session rejects SESSION_NOT_FOUND, does not run the body, and creates nothing",
    async run({ open }) {
      const store = await open();
      let calls = 0;
      const body = async (): Promise<void> => {
        calls += 1;
      };
      await rejects("SESSION_NOT_FOUND", store.withLock("a", body), "withLock() in an empty place");
      await store.create({ id: "b" });
      await store.delete("b");
      await rejects(
        "SESSION_NOT_FOUND",
        store.withLock("b", body, { timeoutMs: 0 }),
        "withLock() of a deleted session",
      );
      same(calls, 0, "calls of the body");
      same([await store.exists("a"), await store.exists("b")], [false, false], "exists() afterwards");
      same((await store.list()).unreadable, [], "unreadable sessions afterwards");
      same((await store.create({ id: "a" })).revision, 1, "create() afterwards");
    },
  },
  {
    id: "lock.foreign-release",
    title:
      "nobody else can release a lock: not by failing to get it, not by closing, not by an error of their own",
    async run(context) {
      const { open } = context;
      const store = await open();
      await store.create({ id: "a" });
      const held = await holdLock(context, store, "a");
      for (let round = 0; round < 3; round++) {
        const other = await open({ lockTimeoutMs: 0 });
        await rejects(
          "SESSION_LOCKED",
          other.withLock("a", async () => undefined, { timeoutMs: 0 }),
          "a second holder",
        );
        await rejects("SESSION_LOCKED", other.append("a", user("x")), "a plain write");
        await rejects(
          "SESSION_LOCKED",
          store.withLock("a", async () => undefined, { timeoutMs: 0 }),
          "the same handle",
        );
        await other.close();
      }
      await held.session.append(user("still mine"));
      await held.release();
      same(await textsOf(store, "a"), ["still mine"], "the messages afterwards");
    },
  },
  {
    id: "lock.many-waiters",
    title: "50 waiters on two handles: all are served, one at a time",
    async run({ open }) {
      const handles = await Promise.all([open(), open()]);
      await handles[0].create({ id: "a", state: { n: 0 } });
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          handles[n % 2 === 0 ? 0 : 1].withLock("a", async (session) => {
            inside += 1;
            most = Math.max(most, inside);
            const count = Number((await session.head()).state["n"]);
            await session.update({ set: { n: count + 1 } });
            inside -= 1;
          }),
        ),
      );
      same(most, 1, "bodies inside the lock at one time");
      same((await handles[1].head("a")).state, { n: 50 }, "the counter that each of them read and wrote");
    },
  },
  {
    id: "lock.independent",
    title: "locks on different sessions do not hold one another up",
    async run(context) {
      const { open } = context;
      const [store, other] = [await open({ lockTimeoutMs: 0 }), await open({ lockTimeoutMs: 0 })];
      for (const id of ["a", "b", "A", "a/b"]) await store.create({ id });
      const held = await holdLock(context, store, "a");
      for (const id of ["b", "A", "a/b"]) {
        const second = await holdLock(context, other, id);
        await second.session.append(user("x"));
        await second.release();
        await store.append(id, user("y"));
      }
      await held.release();
    },
  },
]);

/** Long enough for a call to reach the lock and to find it held; not so long that its wait ends. */
async function settledIntoWaiting(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await eventLoopTurn();
}
