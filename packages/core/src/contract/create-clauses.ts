import { codeOf, holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { lookDuring } from "./look-during.js";
import { createManualClock } from "./manual-clock.js";
import { idsIn, observe } from "./observe-session.js";
import { numbered, user } from "./sample-messages.js";

export const createClauses: readonly Clause[] = clauseGroup("create", [
  {
    id: "create.defaults",
    title: "a session created with nothing has every field of a head, at its default, and no other",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const now = clock.iso();
      const head = {
        id: "a",
        namespace: "",
        title: "",
        preview: "",
        labels: [],
        metadata: {},
        pinned: false,
        archived: false,
        parent: null,
        usage: { inputTokens: 0, outputTokens: 0 },
        messageCount: 0,
        revision: 1,
        createdAt: now,
        updatedAt: now,
        state: {},
      };
      same(await store.create({ id: "a" }), head, "what create() returns");
      same(await store.head("a"), head, "head()");
      same(await store.load("a"), { ...head, messages: [] }, "load()");
      const { state: _state, ...row } = head;
      same((await store.list()).sessions, [row], "the row in list()");
      const generated = await store.create();
      same(generated, { ...head, id: generated.id }, "what create() without arguments returns");
    },
  },
  {
    id: "create.with-everything",
    title: "every field given at creation is kept, and counts as revision 1",
    async run({ open }) {
      const store = await open();
      const fields = {
        title: "Fix the login bug",
        preview: "as given",
        labels: ["auth", "bug"],
        metadata: { repository: "web", attempt: 2, ok: false, none: null },
        pinned: true,
        archived: true,
        parent: { id: "elsewhere", messageCount: 3 },
        usage: { inputTokens: 812, outputTokens: 96, cachedTokens: 5 },
        createdAt: "2025-01-01T00:00:00.000Z",
        updatedAt: "2025-06-01T00:00:00.000Z",
        state: { workflow: { step: "plan", done: [] } },
      };
      const head = { id: "a", namespace: "", messageCount: 3, revision: 1, ...fields };
      const messages = numbered(1, 3);
      same(await store.create({ id: "a", ...fields, messages }), head, "what create() returns");
      same(await (await open()).load("a"), { ...head, messages }, "what another handle loads");
    },
  },
  {
    id: "create.keeps-given-times",
    title: "createdAt and updatedAt that are given are kept, and later changes go on from there",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const createdAt = "2001-02-03T04:05:06.007Z";
      const updatedAt = "2002-02-03T04:05:06.007Z";
      const head = await store.create({ id: "a", createdAt, updatedAt });
      same([head.createdAt, head.updatedAt], [createdAt, updatedAt], "the times that were given");
      const changed = await store.append("a", user("x"));
      same([changed.createdAt, changed.updatedAt], [createdAt, clock.iso()], "the times after an append()");
    },
  },
  {
    id: "create.exclusive",
    title: "a taken id rejects SESSION_ALREADY_EXISTS and changes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", title: "first", messages: [user("x")] });
      const before = await observe(store, "a");
      for (const handle of [store, await open()]) {
        const again = handle.create({ id: "a", title: "second", messages: [] });
        await rejects("SESSION_ALREADY_EXISTS", again, "create() of a taken id");
      }
      same(await observe(store, "a"), before, "the session that was there");
    },
  },
  {
    id: "create.one-winner",
    title: "of 8 concurrent creators on two handles exactly one wins",
    async run({ open }) {
      const handles = [await open(), await open()] as const;
      const attempts = Array.from({ length: 8 }, (_, n) =>
        settle(
          handles[n % 2 === 0 ? 0 : 1].create({
            id: "race",
            title: `creator ${n}`,
            messages: [user(`${n}`)],
          }),
        ),
      );
      const outcomes = await Promise.all(attempts);
      const codes = outcomes.map(codeOf).toSorted();
      same(codes, [...Array<string>(7).fill("SESSION_ALREADY_EXISTS"), "resolved"], "how the 8 calls ended");
      const winner = outcomes.findIndex((outcome) => "value" in outcome);
      const session = await (await open()).load("race");
      same(
        [session.title, session.messages],
        [`creator ${winner}`, [user(`${winner}`)]],
        "the winner's content",
      );
    },
  },
  {
    id: "create.atomic",
    title: "a reader never sees a session without its first messages, and a failed create leaves nothing",
    async run({ open }) {
      const [writer, reader] = [await open(), await open()];
      const messages = numbered(1, 50);
      for (let round = 0; round < 10; round++) {
        const id = `s${round}`;
        const creating = writer.create({ id, title: "T", messages });
        await lookDuring(creating, async () => {
          const outcome = await settle(reader.load(id));
          if ("error" in outcome) {
            same(codeOf(outcome), "SESSION_NOT_FOUND", "load() while the session is being created");
            return;
          }
          const { length } = (outcome.value as { messages: unknown[] }).messages;
          same(length, 50, "messages seen while the session is being created");
        });
        same((await reader.load(id)).messages.length, 50, "messages once it is created");
      }
      const failing = writer.create({ id: "failed", messages: [user("fine"), { bad: Number.NaN }] });
      await rejects("INVALID_VALUE", failing, "create() with a bad second message");
      same(await reader.exists("failed"), false, "exists() after a failed create()");
      holds(
        !(await idsIn(reader)).includes("failed"),
        "the sessions that are listed after a failed create()",
        await idsIn(reader),
        'all but "failed"',
      );
    },
  },
]);
