import type { JsonValue } from "@agent-sessions/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepable, VERBATIM } from "../src/foreign-value.js";
import { ForeignYaml } from "../src/foreign-yaml.js";
import { writeYaml } from "../src/write-yaml.js";

/** What YAML finds hard, one by one and strung together. */
const PIECES =
  'yes|no|on|null|~|a|it\'s|x: y|# c|-|- a|?|:|a:|a #b|0o17|017|1_000|1.5|1e5|2026-01-01|é|日本|🗼|\t|\n|\n\n| |  |"q"|\\|%x|@x|&a|*a|!t|{a|]|,|---|...|=|<<|0x1F|1:30|.inf|true|\u2028|\u0085|\0|\u001b|\u00a0|\ufeff|word word word'.split(
    "|",
  );
const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "binary" })), { maxLength: 30 })
  .chain((pieces) => fc.constantFrom("", " ").map((between) => pieces.join(between)))
  .filter((one) => one.isWellFormed());
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
}));

describe("writeYaml()", () => {
  it("writes what is read as the same, in ASCII", () => {
    fc.assert(
      fc.property(fc.dictionary(text, value, { minKeys: 1, maxKeys: 4 }), (document) => {
        const written = writeYaml(document as { [key: string]: never });
        expect(written).toMatch(/^[\n -~]*$/);
        const yaml = ForeignYaml.parse(written);
        const { [VERBATIM]: _plain, ...read } = keepable(
          Object.fromEntries(
            [...(yaml.topLevel() ?? [])].map(([key, node]) => [key, yaml.toJson(node, "typed")]),
          ),
        );
        expect(read).toEqual(JSON.parse(JSON.stringify(document)));
      }),
      { numRuns: 500 },
    );
  });

  // Each one as PyYAML 6.0 writes it.
  it.each([
    [{ a: "it's", b: "", c: " x" }, "a: it's\nb: ''\nc: ' x'\n"],
    [{ a: `${"word ".repeat(20)}end` }, `a: ${"word ".repeat(16).trim()}\n  ${"word ".repeat(4)}end\n`],
    [{ a: `# ${"word ".repeat(18)}end` }, `a: '# ${"word ".repeat(16).trim()}\n  ${"word ".repeat(2)}end'\n`],
    [{ a: "é".repeat(25) }, `a: "${"\\xE9".repeat(20)}\\\n  ${"\\xE9".repeat(5)}"\n`],
    [{ a: "one\ntwo" }, "a: 'one\n\n  two'\n"],
    [{ a: "one \ntwo" }, 'a: "one \\ntwo"\n'],
    [{ a: [[1, [2]], { b: [3] }] }, "a:\n- - 1\n  - - 2\n- b:\n  - 3\n"],
    [{ a: {}, b: [] }, "a: {}\nb: []\n"],
    [{ ["k".repeat(130)]: [1] }, `? ${"k".repeat(130)}\n: - 1\n`],
    [{ "": 1, "a\nb": { c: null } }, "? ''\n: 1\n? 'a\n\n  b'\n: c: null\n"],
    [{}, "{}\n"],
  ])("writes %j as PyYAML does", (document, written) => {
    expect(writeYaml(document as { [key: string]: never })).toBe(written);
  });
});
