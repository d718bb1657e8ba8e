import { holds, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { hitsOf } from "./hits-of.js";
import { assistant, user } from "./sample-messages.js";

export const searchMatchClauses: readonly Clause[] = clauseGroup("search", [
  {
    id: "search.matches",
    title:
      "all words in one message, or all in the title, in any case, as substrings; CJK and single characters too",
    async run({ open }) {
      const store = await open();
      await store.create({
        id: "a",
        title: "Fix the Login bug",
        messages: [
          user("Why does LOGIN fail after ten minutes?"),
          assistant("The refresh token is never rotated"),
          user("thanks"),
        ],
      });
      await store.create({ id: "b", title: "會議記錄", messages: [user("請總結今天的會議"), user("x")] });
      await store.create({
        id: "c",
        messages: [user("CAFÉ au lait"), user("cafe\u0301 noir"), user("😀 emoji")],
      });
      const searches: readonly (readonly [string, readonly string[]])[] = [
        ["login", ["a title", "a 1"]],
        ["LOGIN fail", ["a 1"]],
        ["fail login", ["a 1"]],
        ["ogi", ["a title", "a 1"]],
        ["bug login", ["a title"]],
        ["login token", []],
        ["refresh  \t token", ["a 2"]],
        ["token token", ["a 2"]],
        ["rotated thanks", []],
        ["會議", ["b title", "b 1"]],
        ["議", ["b title", "b 1"]],
        ["今天", ["b 1"]],
        ["x", ["a title", "b 2"]],
        ["café", ["c 1", "c 2"]],
        ["CAFE\u0301", ["c 1", "c 2"]],
        ["😀", ["c 3"]],
        ["?", ["a 1"]],
        ["nowhere", []],
      ];
      for (const [text, expected] of searches) {
        same(
          (await hitsOf(store, text)).toSorted(),
          expected.toSorted(),
          `the hits of ${JSON.stringify(text)}`,
        );
      }
    },
  },
  {
    id: "search.plain-text",
    title: "quotes, %, _, *, backslashes, AND, NEAR and the like are plain text",
    async run({ open }) {
      const store = await open();
      const texts = [
        'say "hello"',
        "it's 100% done",
        "snake_case",
        "a*b",
        "C:\\temp",
        "this AND that",
        "NEAR(a b)",
        "x OR y NOT z",
        "(a) -b +c ^d",
        "col:value",
        "{json: [1]}",
        "a.b?c",
        "--; DROP",
        "semi;colon",
      ];
      await store.create({ id: "a", messages: texts.map(user) });
      await store.create({
        id: "b",
        messages: [user("plain words only"), user("snakeXcase 100 percent aXb")],
      });
      const searches: readonly (readonly [string, number])[] = [
        ['"hello"', 1],
        ['say "hello"', 1],
        ['"', 1],
        ["'", 2],
        ["100%", 2],
        ["%", 2],
        ["_", 3],
        ["snake_case", 3],
        ["a*b", 4],
        ["*", 4],
        ["C:\\temp", 5],
        ["\\", 5],
        ["this AND that", 6],
        ["NEAR(a", 7],
        ["OR y NOT", 8],
        ["-b", 9],
        ["+c", 9],
        ["^d", 9],
        ["col:value", 10],
        ["{json:", 11],
        ["a.b?c", 12],
        ["--; drop", 13],
        ["semi;colon", 14],
      ];
      for (const [text, position] of searches)
        same(await hitsOf(store, text), [`a ${position}`], `the hits of ${JSON.stringify(text)}`);
    },
  },
  {
    id: "search.message-text",
    title: "the text of a message is its content, or the text of its parts; other fields are not searched",
    async run({ open }) {
      const store = await open();
      await store.create({
        id: "a",
        metadata: { note: "needle" },
        labels: ["needle"],
        state: { text: "needle" },
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "first needle" },
              { type: "image", url: "x" },
              { type: "text", text: "second" },
            ],
          },
          { role: "needle", name: "needle", content: "hay" },
          { content: { type: "text", text: "an object with needle" } },
          { content: [{ type: "tool_use", input: { needle: true } }] },
          { text: "needle" },
          { content: ["a bare needle"] },
          { content: null },
          {},
        ],
      });
      same(await hitsOf(store, "needle"), ["a 1", "a 3", "a 6"], "the hits of a word");
      same(await hitsOf(store, "first second"), ["a 1"], "words in two parts of one message");
    },
  },
  {
    id: "search.snippet",
    title: "the snippet is a piece of the text around the match, and says where in it the first word lies",
    async run({ open }) {
      const store = await open();
      const long = `${"before ".repeat(500)}the NEEDLE itself${" after".repeat(500)}`;
      await store.create({
        id: "a",
        title: "A needle in the title",
        messages: [
          user(long),
          user("needle"),
          user("two words: needle, haystack"),
          user(`${"😀".repeat(300)}needle${"😀".repeat(300)}`),
        ],
      });
      for (const hit of await collect(store.search("needle"))) {
        const { snippet, matchStart, matchEnd } = hit;
        same(
          snippet.slice(matchStart, matchEnd).toLowerCase(),
          "needle",
          "the piece of the snippet that matches",
        );
        holds(snippet.length < 1000, "the length of a snippet", snippet.length, "fewer than 1000 characters");
        holds(snippet.isWellFormed(), "the ends of a snippet", snippet, "no character cut in two");
        const source =
          hit.seq === null
            ? "A needle in the title"
            : String((await store.load("a")).messages[hit.seq - 1]?.content);
        holds(source.includes(snippet), "a snippet", snippet, "a piece of the text that matched");
      }
      const [both] = await collect(store.search("haystack needle"));
      same(
        both?.snippet.slice(both.matchStart, both.matchEnd),
        "haystack",
        "the place of the first word of two",
      );
    },
  },
]);
