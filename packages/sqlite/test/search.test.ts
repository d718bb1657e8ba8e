import type { JsonObject, SessionStore } from "@agent-sessions/core";
import { foldText, messageText } from "@agent-sessions/core/backend";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { sieveFor } from "../src/message-sieve.js";
import { searchTextOf, toMatchQuery } from "../src/search-text.js";

async function find(store: SessionStore, text: string, limit?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { id, seq } of store.search(text, { limit })) found.push(`${id}:${seq}`);
  return found;
}

it("the query for the index is trigrams as quoted phrases, at most 32 of them", () => {
  expect(toMatchQuery(["ab", "字"])).toBeNull();
  expect(toMatchQuery(["abcd", "ab"])).toBe('"abc" AND "bcd"');
  expect(toMatchQuery(['a"b*'])).toBe('"a""b" AND """b*"');
  expect(toMatchQuery(["and", "not"])).toBe('"and" AND "not"');
  expect(toMatchQuery(["a\u{1f600}b"])).toBe('"a\u{1f600}b"');
  const distinct = Array.from({ length: 200 }, (_, index) => String.fromCharCode(0x4e00 + index)).join("");
  expect(toMatchQuery([distinct])?.split(" AND ")).toHaveLength(32);
});

it("what the index holds is the folded text, without the NUL that would end it", () => {
  expect(searchTextOf({ content: "A\0É" })).toBe("a é  ");
});

it("the sieve never says no to a message that holds the words", () => {
  const letters = fc.constantFrom(
    "a",
    "A",
    "é",
    "e\u0301",
    "\u0301",
    "Σ",
    "ς",
    "字",
    "\u{1f600}",
    '"',
    "\\",
    "\n",
    " ",
    "\u212a",
    "İ",
    "\u0338",
    "=",
  );
  const text = fc.array(letters, { maxLength: 12 }).map((parts) => parts.join("").toWellFormed());
  const message: fc.Arbitrary<JsonObject> = fc.oneof(
    text.map((content) => ({ role: "user", content })),
    fc.array(text).map((parts) => ({ content: parts.map((part) => ({ type: "text", text: part })) })),
  );
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 3 }), (given, start, length) => {
      const folded = [...foldText(messageText(given))];
      const from = folded.length === 0 ? 0 : start % folded.length;
      const word = folded
        .slice(from, from + length)
        .join("")
        .trim();
      // No word holds white space.
      fc.pre(!/\s/u.test(word));
      expect(sieveFor([word])(JSON.stringify(given))).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

it("rare, common and short words are found alike, with the index and without", async () => {
  const stores = [
    await openSqliteSessionStore({ path: ":memory:" }),
    await openSqliteSessionStore({ path: ":memory:", search: false }),
  ];
  for (const store of stores) {
    // One transcript is long enough to be asked of the index, and common words match more often than are sorted.
    for (let n = 0; n < 30; n++) {
      const messages = Array.from({ length: n === 7 ? 900 : 60 }, (_, index) => ({
        role: "user",
        content: `common text ${index}${index === 17 && n % 10 === 7 ? " needle" : ""}${index === 899 ? " deep \0 字" : ""}`,
      }));
      await store.save(`s${n}`, {
        title: n === 3 ? "Common needle" : "",
        messages,
        updatedAt: `2026-01-01T00:00:${10 + n}.000Z`,
      });
    }
  }
  const [indexed, plain] = await Promise.all(
    stores.map(async (store) => ({
      needle: await find(store, "NEEDLE"),
      common: await find(store, "common text"),
      both: await find(store, "common needle"),
      deep: await find(store, "deep"),
      cjk: await find(store, "字"),
      short: await find(store, "89"),
      shortCommon: await find(store, "te", 30),
      shortOfMany: await find(store, "o m 89"),
      limited: await find(store, "common", 5),
      none: await find(store, "nothing"),
    })),
  );
  expect(indexed).toEqual(plain);
  expect(indexed?.needle).toEqual(["s27:18", "s17:18", "s7:18", "s3:null"]);
  expect(indexed?.shortCommon).toEqual(Array.from({ length: 30 }, (_, n) => `s29:${n + 1}`));
  expect(indexed?.common).toHaveLength(29 * 60 + 900);
  expect(indexed?.deep).toEqual(["s7:900"]);
  expect(indexed?.cjk).toEqual(["s7:900"]);
  expect(indexed?.limited).toEqual(["s29:1", "s29:2", "s29:3", "s29:4", "s29:5"]);
  for (const store of stores) await store.close();
});

it("words are found in long transcripts however their blocks lie between those of another", async () => {
  // A block is 32 messages: alone among those of the other session, in runs that the index is asked for, and in one that is asked twice.
  for (const batch of [32, 160, 700]) {
    const store = await openSqliteSessionStore({ path: ":memory:" });
    for (const id of ["a", "b"]) await store.create({ id });
    const total = 1400;
    for (let from = 0; from < total; from += batch) {
      for (const id of ["a", "b"]) {
        const messages = Array.from({ length: Math.min(batch, total - from) }, (_, n) => ({
          content: `common ${(from + n) % 3 === 0 ? "third" : "other"} of ${id}`,
        }));
        await store.append(id, messages);
      }
    }
    const all = Array.from({ length: total }, (_, n) => n + 1);
    for (const [words, seqs] of [
      ["common", all],
      ["third common", all.filter((seq) => seq % 3 === 1)],
    ] as const) {
      const hits = await find(store, words);
      for (const id of ["a", "b"]) {
        expect(hits.filter((hit) => hit.startsWith(id))).toEqual(seqs.map((seq) => `${id}:${seq}`));
      }
    }
    await store.close();
  }
});
