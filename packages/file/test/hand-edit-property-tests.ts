import fs from "node:fs";
import { type JsonObject, SessionStoreError } from "@agent-sessions/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, EngineFixture, type Format } from "./engine-fixture.js";
import { type NaiveSession, readNaively } from "./naive-log.js";

/** One thing that a person, an editor or a formatter may do to a file. Numbers from 0 to 1 say where. */
type Edit =
  | { readonly kind: "put"; readonly at: number; readonly text: string; readonly instead: number }
  | {
      readonly kind:
        | "line out"
        | "line twice"
        | "lines swapped"
        | "record out"
        | "record twice"
        | "records swapped";
      readonly at: number;
    }
  | { readonly kind: "fields reordered"; readonly at: number; readonly order: number }
  | { readonly kind: "digit"; readonly at: number; readonly digit: number };

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      at: place,
      text: fc.constantFrom(
        "",
        "x",
        "7",
        " ",
        "\n",
        "\t",
        "\r",
        '"',
        "{",
        "}",
        ":",
        ",",
        "#",
        "...\n",
        "\\",
        "漢",
        "\u0000",
      ),
      instead: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("digit" as const),
      at: place,
      digit: fc.integer({ min: 0, max: 9 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "line out" as const,
        "line twice" as const,
        "lines swapped" as const,
        "record out" as const,
        "record twice" as const,
        "records swapped" as const,
      ),
      at: place,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("fields reordered" as const), at: place, order: place }),
  },
);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      sizes: fc.array(fc.constantFrom(3, 40, 3000), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("replace" as const), back: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("truncate" as const), back: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("update" as const, "save" as const) }) },
);

/** Whatever is done to a file, what is read of it is what it says, or an error. */
export function handEditPropertyTests(format: Format): void {
  const { codec } = format;
  const fixture = new EngineFixture(format);

  describe(`${codec.name}: any edit by hand`, () => {
    it("is read as a slow reader would read it, in every range, or is SESSION_CORRUPTED; and a write behind it loses nothing", async () => {
      let runs = 0;
      let served = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 2, maxLength: 7 }),
          edit,
          place,
          place,
          async (steps, change, from, to) => {
            const id = `run-${runs++}`;
            await makeSession(id, steps);
            const before = fixture.read(id);
            const after = apply(change, before);
            fixture.write(id, after);
            const expected = naive(after);
            const answers = await ask(id, from, to);
            const isSameSize = Buffer.byteLength(before) === Buffer.byteLength(after);
            if (expected === null) expect(answers).toEqual("refused");
            else if (answers !== "refused") {
              served++;
              expect(answers).toEqual(rangesOf(expected, from, to));
              await goesOn(id, expected);
            } else if (!isSameSize) expect(answers).toEqual(rangesOf(expected, from, to));
            fs.rmSync(fixture.folder, { recursive: true, force: true });
          },
        ),
        { numRuns: runsOf(codec.name), seed: 20261121 },
      );
      // Were everything refused, nothing would be shown.
      expect(served).toBeGreaterThan(runsOf(codec.name) / 4);
    }, 280_000);
  });

  async function makeSession(
    id: string,
    steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  ): Promise<void> {
    const store = await format.open({ path: fixture.folder, durability: "relaxed" });
    await store.create({ id, title: "Title", state: { n: 1 } });
    for (const [index, next] of steps.entries()) {
      const { messageCount } = await store.head(id);
      const user = (size: number): JsonObject => ({ role: "user", content: `${index} ${"y".repeat(size)}` });
      if (next.kind === "append") await store.append(id, next.sizes.map(user));
      else if (next.kind === "replace")
        await store.append(id, user(5), { replaceFrom: Math.max(1, messageCount + 1 - next.back) });
      else if (next.kind === "truncate") await store.truncate(id, Math.max(0, messageCount - next.back));
      else if (next.kind === "update") await store.update(id, { title: `Title ${index}` });
      else await store.save(id, { messages: [user(3), user(4)] });
    }
    await store.close();
  }

  /** What the store says, in every way in which it can be asked; "refused" when it says SESSION_CORRUPTED to a question. */
  async function ask(id: string, from: number, to: number): Promise<unknown> {
    const store = await fixture.open();
    try {
      const { messages, title, state, messageCount } = await store.load(id);
      const head = await store.head(id);
      const [after, before] = windowOf(messages.length, from, to);
      const read = async (range: object): Promise<unknown[]> =>
        (await collect(store.messages(id, range))).map(({ seq, message }) => [seq, message]);
      return {
        messages,
        head: { title, state },
        counts: [messageCount, head.messageCount],
        newestFirst: await read({ order: "desc" }),
        window: await read({ after, before }),
        windowNewestFirst: await read({ after, before, order: "desc" }),
      };
    } catch (error) {
      if (!SessionStoreError.is(error)) throw error;
      expect(error.code, error.message).toMatch(/^(?:SESSION_CORRUPTED|STORE_INCOMPATIBLE)$/);
      return "refused";
    }
  }

  function rangesOf({ messages, head }: NaiveSession, from: number, to: number): unknown {
    const entries = messages.map((message, index) => [index + 1, message]);
    const [after, before] = windowOf(messages.length, from, to);
    const window = entries.filter(([seq]) => Number(seq) > after && Number(seq) < before);
    return {
      messages,
      head: { title: head["title"] ?? "", state: head["state"] ?? {} },
      counts: [messages.length, messages.length],
      newestFirst: [...entries].reverse(),
      window,
      windowNewestFirst: [...window].reverse(),
    };
  }

  async function goesOn(id: string, expected: NaiveSession): Promise<void> {
    const store = await fixture.open();
    const added = { role: "user", content: "added" };
    try {
      await store.append(id, added);
    } catch (error) {
      expect(SessionStoreError.is(error, "SESSION_CORRUPTED")).toBe(true);
      return;
    }
    expect((await store.load(id)).messages).toEqual([...expected.messages, added]);
    expect((await (await fixture.open()).head(id)).messageCount).toBe(expected.messages.length + 1);
  }

  /** Null when it cannot be read. */
  function naive(text: string): NaiveSession | null {
    try {
      return readNaively(format.pieces(text));
    } catch {
      return null;
    }
  }

  function apply(change: Edit, text: string): string {
    const lines = text.split(/(?<=\n)/);
    const records = recordsOf(text);
    switch (change.kind) {
      case "put": {
        const at = Math.floor(change.at * (text.length + 1));
        return text.slice(0, at) + change.text + text.slice(at + change.instead);
      }
      case "digit": {
        const digits = [...text.matchAll(/\d/g)];
        const at = digits[Math.floor(change.at * digits.length)]?.index ?? 0;
        return text.slice(0, at) + change.digit + text.slice(at + 1);
      }
      case "line out":
      case "line twice":
      case "lines swapped":
        return change_(lines, change.kind, change.at);
      case "record out":
      case "record twice":
      case "records swapped":
        return change_(records, change.kind, change.at);
      case "fields reordered": {
        const at = 1 + Math.floor(change.at * (records.length - 1));
        return records
          .map((record, index) => (index === at ? format.reorder(record, change.order) : record))
          .join("");
      }
    }
  }

  function recordsOf(text: string): string[] {
    const bytes = Buffer.from(text);
    const records: string[] = [];
    for (
      let start = 0, end = codec.findEnd(bytes, 0);
      end !== -1;
      start = end, end = codec.findEnd(bytes, end)
    )
      records.push(bytes.toString("utf8", start, end));
    return records;
  }
}

function change_(parts: readonly string[], kind: string, where: number): string {
  const at = Math.floor(where * parts.length);
  const [before, part = "", after] = [parts.slice(0, at), parts[at], parts.slice(at + 1)];
  if (kind.endsWith("out")) return [...before, ...after].join("");
  if (kind.endsWith("twice")) return [...before, part, part, ...after].join("");
  const [next = "", ...others] = after;
  return [...before, next, part, ...others].join("");
}

function windowOf(count: number, from: number, to: number): [after: number, before: number] {
  return [Math.floor(from * (count + 1)), Math.ceil(to * (count + 2))];
}

/** YAML takes many times as long to parse. */
function runsOf(name: string): number {
  return name === "yaml" ? 150 : 400;
}
