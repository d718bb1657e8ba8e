import { codeOf, holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { lookDuring } from "./look-during.js";
import { createManualClock } from "./manual-clock.js";
import { observe } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { assistant, numbered, numberedTexts, textsOf, user } from "./sample-messages.js";

export const appendOptionClauses: readonly Clause[] = clauseGroup("append", [
  {
    id: "append.expected-revision",
    title: "a revision that does not hold rejects SESSION_CONFLICT with both numbers and changes nothing",
    async run({ open }) {
      const [one, two] = [await open(), await open()];
      await one.create({ id: "a" });
      await one.append("a", user("x"), { expectedRevision: 1 });
      const before = await observe(one, "a");
      for (const expectedRevision of [0, 1, 3]) {
        const stale = two.append("a", user("y"), { expectedRevision, usage: { inputTokens: 1 } });
        const error = await rejects("SESSION_CONFLICT", stale, `append() that expects ${expectedRevision}`);
        same(revisionsIn(error), { expectedRevision, actualRevision: 2 }, "the revisions in the error");
      }
      const empty = two.append("a", [], { expectedRevision: 1 });
      await rejects("SESSION_CONFLICT", empty, "an empty append() that expects an old revision");
      same(await observe(one, "a"), before, "the session afterwards");
      const race = await Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          settle((n % 2 === 0 ? one : two).append("a", user("z"), { expectedRevision: 2 })),
        ),
      );
      const codes = race.map(codeOf).toSorted();
      same(
        codes,
        [...Array<string>(5).fill("SESSION_CONFLICT"), "resolved"],
        "6 appends that expect the same revision",
      );
      same(
        (await one.append("a", user("free"))).revision,
        4,
        "an append without expectation never conflicts",
      );
    },
  },
  {
    id: "append.replace-from",
    title:
      "replaceFrom drops the tail and appends in one commit: a reader sees the old or the new tail, never neither",
    async run({ open }) {
      const [store, reader] = [await open(), await open()];
      await store.create({ id: "a", messages: numbered(1, 4) });
      const head = await store.append("a", [user("new 3"), assistant("new 4"), user("new 5")], {
        replaceFrom: 3,
      });
      same([head.messageCount, head.revision], [5, 2], "count and revision: one commit");
      const expected = [...numberedTexts(1, 2), "new 3", "new 4", "new 5"];
      same(await textsOf(reader, "a"), expected, "the messages");
      same(
        (await collect(reader.messages("a"))).map(({ seq }) => seq),
        [1, 2, 3, 4, 5],
        "the positions",
      );
      await store.append("a", user("at the end"), { replaceFrom: 6 });
      same(
        await textsOf(store, "a"),
        [...expected, "at the end"],
        "replaceFrom just behind the end is an append",
      );
      same(
        (await store.append("a", [], { replaceFrom: 6 })).messageCount,
        5,
        "replaceFrom with no messages only drops",
      );
      same(
        (await store.append("a", [], { replaceFrom: 6 })).revision,
        4,
        "replaceFrom that drops and adds nothing",
      );
      const before = await observe(store, "a");
      await rejects(
        "INVALID_QUERY",
        store.append("a", user("x"), { replaceFrom: 7 }),
        "replaceFrom beyond the end",
      );
      same(await observe(store, "a"), before, "the session after a refused replaceFrom");
      const write = async (): Promise<void> => {
        for (let n = 1; n <= 25; n++) {
          await store.append("a", [assistant(`try ${n} a`), assistant(`try ${n} b`)], { replaceFrom: 3 });
        }
      };
      await lookDuring(write(), async () => {
        const tail = (await textsOf(reader, "a")).slice(2);
        const isOld = tail[0] === "new 3" && tail.length === 3;
        const isNew = tail.length === 2 && String(tail[1]) === String(tail[0]).replace(" a", " b");
        holds(isOld || isNew, "the tail that a reader sees", tail, "the whole old one or the whole new one");
      });
    },
  },
  {
    id: "append.times",
    title: "at and updatedAt never go backwards within a session, though the clock does",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const start = clock.iso();
      await store.create({ id: "a", messages: [user("1")] });
      const later = clock.advance(5000);
      await store.append("a", user("2"));
      clock.advance(-60_000);
      same((await store.append("a", user("3"))).updatedAt, later, "updatedAt after the clock went back");
      same(
        (await store.update("a", { state: { n: 1 } })).updatedAt,
        later,
        "updatedAt after a change of state",
      );
      same((await store.truncate("a", 2)).updatedAt, later, "updatedAt after a truncation");
      same((await store.save("a", { messages: [user("s")] })).updatedAt, later, "updatedAt after a save()");
      await store.append("a", user("4"));
      const forward = clock.advance(120_000);
      await store.append("a", user("5"));
      const times = (await collect(store.messages("a"))).map(({ at }) => at);
      same(times, [later, later, forward], "the times of the entries");
      same((await store.head("a")).createdAt, start, "createdAt");
    },
  },
  {
    id: "append.usage",
    title:
      "usage adds up with the messages, in counters of any name; negative or fractional is INVALID_VALUE",
    async run({ open }) {
      const [one, two] = [await open(), await open()];
      await one.create({ id: "a", usage: { inputTokens: 1 } });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? one : two).append("a", user("x"), {
            usage: { inputTokens: 10, outputTokens: 1, "cache read": n },
          }),
        ),
      );
      const expected = { inputTokens: 201, outputTokens: 20, "cache read": 190 };
      same((await one.head("a")).usage, expected, "the sums");
      same((await one.list()).sessions[0]?.usage, expected, "the sums in a list");
      const proto = JSON.parse('{"__proto__": 3, "constructor": 4}') as Record<string, number>;
      const head = await one.append("a", [], { usage: proto });
      same(
        Object.entries(head.usage).toSorted(),
        Object.entries({ ...expected, ...proto }).toSorted(),
        "counters with odd names",
      );
      const before = await observe(one, "a");
      for (const usage of [
        { inputTokens: -1 },
        { x: 0.5 },
        { x: Number.NaN },
        { x: "1" },
        { inputTokens: 2 ** 53 - 1 },
        null,
        [1],
      ]) {
        const bad = one.append("a", user("x"), { usage: usage as never });
        await rejects("INVALID_VALUE", bad, `append() with usage ${JSON.stringify(usage)}`);
      }
      same(await observe(one, "a"), before, "the session after refused usage");
    },
  },
]);
