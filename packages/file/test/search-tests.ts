import { matchText, messageText, splitWords } from "@agent-sessions/core/backend";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RawTextFilter } from "../src/raw-text-filter.js";
import { EngineFixture, type Format } from "./engine-fixture.js";

/** Texts that formats escape, quote, fold or respell, and characters that folding turns into others. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...[
        "a",
        "K",
        "k",
        "\u212a",
        "I",
        "i",
        "\u0130",
        "\u0131",
        "e",
        "\u0301",
        "é",
        "É",
        "漢",
        "字",
        "😀",
        "ß",
        "Σ",
        "ς",
      ],
      ...[
        '"',
        "'",
        "\\",
        "/",
        "\\u0041",
        "\\x41",
        ";",
        "\u037e",
        "`",
        "\u1fef",
        "#",
        ": ",
        "- ",
        "...",
        "---",
        "%",
        "&a",
        "*a",
      ],
      ...[
        " ",
        "\n",
        "\t",
        "\r",
        "\u0000",
        "\u001b",
        "\u0085",
        "\u00a0",
        "\u2028",
        "<",
        "=",
        "\u0338",
        "{",
        "}",
        "~",
        "no",
        "1e3",
      ],
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));
const texts = fc.array(hostile, { minLength: 1, maxLength: 5 });
const RUNS = Number(process.env["RUNS"] ?? 60);

/** Every printable ASCII character by its number, as a person or another program may have written it. */
function respelt(text: string): string {
  return text.replace(/[!-~]/g, (character) =>
    /["\\]/.test(character)
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Search looks through the bytes of files before it parses anything. */
export function searchTests(format: Format): void {
  describe(`${format.codec.name}: search`, () => {
    const fixture = new EngineFixture(format);

    it("finds what a look at every message finds, whatever the texts hold and however they came to be live", async () => {
      const store = await fixture.open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(texts, texts, hostile, fc.nat(4), async (first, then, sought, cut) => {
          const id = `s${run++}`;
          await store.create({ id, messages: first.map((content) => ({ role: "user", content })) });
          if (cut > 0) await store.truncate(id, Math.min(cut, first.length));
          await store.append(
            id,
            then.map((content) => ({ role: "user", content: [{ type: "text", text: content }] })),
          );
          const { messages } = await store.load(id);
          for (const query of [
            sought,
            sought.toUpperCase(),
            messageText(messages.at(-1) ?? {}).slice(0, 3),
          ]) {
            if (query.trim() === "" || !query.isWellFormed()) continue;
            const words = splitWords(query);
            const expected = messages.flatMap((message, index) =>
              matchText(messageText(message), words) === null ? [] : [index + 1],
            );
            const found: (number | null)[] = [];
            for await (const hit of store.search(query, { ids: [id] })) found.push(hit.seq);
            expect([query, found]).toEqual([query, expected]);
          }
        }),
        { numRuns: RUNS },
      );
    });

    it("never takes bytes for a miss that spell a word by the numbers of its characters", () => {
      fc.assert(
        fc.property(hostile, hostile, (text, query) => {
          if (query.trim() === "") return;
          const words = splitWords(query);
          const spelt = Buffer.from(`content: "${respelt(text)}"`);
          if (matchText(text, words) !== null)
            expect(new RawTextFilter(words, format.codec).mayMatch(spelt)).toBe(true);
        }),
        { numRuns: 5 * RUNS },
      );
      const filter = new RawTextFilter(["token"], format.codec);
      expect(filter.mayMatch(Buffer.from(`"${respelt("a token")}"`))).toBe(true);
      expect(filter.mayMatch(Buffer.from('"the TO\u212aEN"'))).toBe(true);
      expect(filter.mayMatch(Buffer.from('"nothing of the \\u001b[31m kind\\n"'))).toBe(false);
    });

    it("finds a word that a person added by hand, and none in what was cut off", async () => {
      const store = await fixture.open();
      await store.create({
        id: "a",
        messages: [
          { role: "user", content: "one" },
          { role: "user", content: "needle two" },
        ],
      });
      await store.truncate("a", 1);
      const seqs = async (word: string): Promise<(number | null)[]> => {
        const found: (number | null)[] = [];
        for await (const { seq } of store.search(word)) found.push(seq);
        return found;
      };
      expect(await seqs("needle")).toEqual([]);
      fixture.write(
        "a",
        `${fixture.read("a")}${format.handWritten({ entries: [{ message: { role: "user", content: "by hand" } }] })}`,
      );
      expect([await seqs("needle"), await seqs("HAND")]).toEqual([[], [2]]);
    });
  });

  describe(`${format.codec.name}: the middle of a long log`, () => {
    const fixture = new EngineFixture(format);

    it("is found with few reads from either side, with and without cut entries, in records of every size", async () => {
      const store = await fixture.open();
      await store.create({ id: "a" });
      let written = 0;
      const add = async (count: number, length: number): Promise<void> => {
        const messages = Array.from({ length: count }, (_, n) => ({
          n: written + n + 1,
          text: "x".repeat(length),
        }));
        written = (await store.append("a", messages)).messageCount;
      };
      const check = async (): Promise<void> => {
        for (const seq of [1, 2, Math.floor(written / 3), Math.floor(written / 2), written - 1, written]) {
          const forward: number[] = [];
          for await (const entry of store.messages("a", { after: seq - 1, limit: 3 })) {
            expect(entry.message["n"]).toBe(entry.seq);
            forward.push(entry.seq);
          }
          expect(forward).toEqual([seq, seq + 1, seq + 2].filter((position) => position <= written));
          const backward: number[] = [];
          for await (const entry of store.messages("a", { before: seq + 1, limit: 2, order: "desc" })) {
            expect(entry.message["n"]).toBe(entry.seq);
            backward.push(entry.seq);
          }
          expect(backward).toEqual([seq, seq - 1].filter((position) => position > 0));
        }
      };
      for (let round = 0; round < 40; round++) await add(1 + (round % 7), 100 + 331 * (round % 5));
      await check();
      await add(3, 90_000);
      await check();
      written = (await store.truncate("a", Math.floor(written / 2))).messageCount;
      for (let round = 0; round < 40; round++) await add(2, 700);
      await check();
    });
  });
}
