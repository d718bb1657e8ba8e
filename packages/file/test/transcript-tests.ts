import fs from "node:fs";
import type { MessageRange, SessionStore } from "@agent-sessions/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, EngineFixture, type Format } from "./engine-fixture.js";

type Step =
  | { readonly kind: "append" | "save"; readonly sizes: readonly number[] }
  | { readonly kind: "replaceFrom"; readonly at: number; readonly sizes: readonly number[] }
  | { readonly kind: "truncate"; readonly at: number }
  | { readonly kind: "update" | "blank line" };

/** From one character to several times what is read at once. */
const sizes = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 300_000 }) },
  ),
  {
    maxLength: 6,
  },
);
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("append" as const), sizes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("replaceFrom" as const), at: fraction, sizes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("truncate" as const), at: fraction }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("save" as const), sizes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("update" as const, "blank line" as const) }) },
);

/** Every range of a transcript that came about in any way, against a plain array. */
export function transcriptTests(format: Format): void {
  const fixture = new EngineFixture(format);

  describe(`${format.codec.name}: transcripts`, () => {
    it("messages() yields what a plain array would, after any history of writes and blank lines added by hand", async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 14 }),
          fc.array(fc.tuple(fraction, fraction), { minLength: 3, maxLength: 3 }),
          async (steps, spans) => {
            const id = `run-${runs++}`;
            const store = await fixture.open();
            await store.create({ id });
            let model: string[] = [];
            for (const [index, next] of steps.entries())
              model = await apply(store, id, model, next, `${index}`);
            await agrees(store, id, model, spans);
            await agrees(await fixture.open(), id, model, spans);
            await store.delete(id);
          },
        ),
        { numRuns: format.codec.name === "yaml" ? 25 : 60, seed: 20261121 },
      );
    }, 120_000);
  });

  async function apply(
    store: SessionStore,
    id: string,
    model: string[],
    next: Step,
    name: string,
  ): Promise<string[]> {
    const texts =
      "sizes" in next ? next.sizes.map((size, index) => `${name}.${index} ${"漢x".repeat(size >> 1)}`) : [];
    const messages = texts.map((content) => ({ role: "user", content }));
    switch (next.kind) {
      case "append":
        await store.append(id, messages);
        return [...model, ...texts];
      case "save":
        await store.save(id, { messages });
        return texts;
      case "replaceFrom": {
        const keep = Math.floor(next.at * model.length);
        await store.append(id, messages, { replaceFrom: keep + 1 });
        return [...model.slice(0, keep), ...texts];
      }
      case "truncate": {
        const keep = Math.floor(next.at * model.length);
        await store.truncate(id, keep);
        return model.slice(0, keep);
      }
      case "update":
        await store.update(id, { title: name });
        return model;
      case "blank line":
        fs.appendFileSync(fixture.path(id), "\n");
        return model;
    }
  }

  async function agrees(
    store: SessionStore,
    id: string,
    model: string[],
    spans: readonly (readonly [number, number])[],
  ): Promise<void> {
    const expected = model.map((content, index) => [index + 1, content]);
    const read = async (range: MessageRange): Promise<unknown[]> =>
      (await collect(store.messages(id, range))).map(({ seq, message }) => [seq, message.content]);
    expect((await store.head(id)).messageCount).toBe(model.length);
    expect(await read({})).toEqual(expected);
    expect(await read({ order: "desc" })).toEqual([...expected].reverse());
    expect(await read({ last: 2 })).toEqual(expected.slice(-2));
    for (const [a, b] of spans) {
      const [after, before] = [Math.floor(a * model.length), Math.ceil(b * (model.length + 2))];
      const window = expected.filter(([seq]) => Number(seq) > after && Number(seq) < before);
      expect(await read({ after, before })).toEqual(window);
      expect(await read({ after, before, order: "desc" })).toEqual([...window].reverse());
    }
  }
}
