import path from "node:path";
import { describe, expect, it } from "vitest";
import { detect } from "../src/index.js";
import { fixtureFolder, MODIFIED_AT } from "./fixture-folder.js";
import { readAll, readOne } from "./read-all.js";

const readYaml = async (text: string, name = "trip.yaml"): ReturnType<typeof readOne> =>
  await readOne(path.join(await fixtureFolder({ [name]: text }), name));

/** What stands behind the brace of 64 KiB; telling what it is took from seven seconds to minutes. */
const SLOW_STARTS = {
  "an unclosed quote with escapes": '\\"',
  "one word": "a",
  "unclosed single quotes": "'",
  "words without colons": "a ",
  "a word and blanks": `a${" ".repeat(60)}`,
  backslashes: "\\",
};

describe("telling a flow session by its first 64 KiB", () => {
  it.each(Object.entries(SLOW_STARTS))(
    "takes no time that grows with the square of it: %s",
    async (_what, piece) => {
      for (const opening of ["{", '{"', "{flow: "]) {
        const text = opening + piece.repeat(65_536 / piece.length);
        const folder = await fixtureFolder({ "odd.yaml": text });
        expect(["flowr", null]).toContain(await detect(`${folder}/odd.yaml`));
      }
    },
  );

  it("finds the keys of a document in braces, quoted or not, and not those further in", async () => {
    const folder = await fixtureFolder({
      "a.yaml": `{"flow": f, 'state': s, stack: [{created_at: x}], words without colon, params: {states: 1}}`,
      "b.yaml": "{flow: f, states: [], state: s}",
      "c.yaml": "{x: {flow: f, state: s}}",
    });
    const formats = await Promise.all(["a", "b", "c"].map((name) => detect(`${folder}/${name}.yaml`)));
    expect(formats).toEqual(["flowr", null, null]);
  });
});

describe("flowr", () => {
  it("maps every field and keeps the document whole", async () => {
    const { format, head, entries } = await readYaml(`created_at: '2026-11-20T23:54:00.702689+00:00'
flow: booking
name: trip
params:
  booking:
    city: Oslo
    seats: 3
stack:
- flow: holiday
  state: planning
state: paying
updated_at: '2026-11-21T01:54:00.705960+02:00'
`);
    expect(format).toBe("flowr");
    expect(entries).toEqual([]);
    expect(head).toMatchObject({
      id: "trip",
      title: "trip",
      metadata: { source: "flowr" },
      createdAt: "2026-11-20T23:54:00.702Z",
      updatedAt: "2026-11-20T23:54:00.705Z",
      messageCount: 0,
    });
    expect(head.state).toEqual({
      created_at: "2026-11-20T23:54:00.702689+00:00",
      flow: "booking",
      name: "trip",
      params: { booking: { city: "Oslo", seats: 3 } },
      stack: [{ flow: "holiday", state: "planning" }],
      state: "paying",
      updated_at: "2026-11-21T01:54:00.705960+02:00",
    });
  });

  it("keeps what YAML 1.1 takes for dates, booleans and odd numbers as the text that was written", async () => {
    const { head } = await readYaml(`flow: 012
state: yes
name: trip
created_at: 2026-11-20 23:54:00.5 +01:00
updated_at: 2026-11-22
stack: [{flow: on, state: 1_000}]
params: {a: {plain: [1, -2.5, true, ~, 0o17, 0x1F, 1.10, 1:30, .inf, yes, 2026-01-01, 9007199254740993, "yes"]}}
`);
    expect(head.createdAt).toBe("2026-11-20T22:54:00.500Z");
    expect(head.updatedAt).toBe("2026-11-22T00:00:00.000Z");
    expect(head.state).toEqual({
      flow: "012",
      state: "yes",
      name: "trip",
      created_at: "2026-11-20 23:54:00.5 +01:00",
      updated_at: "2026-11-22",
      stack: [{ flow: "on", state: "1_000" }],
      params: {
        a: {
          plain: [
            1,
            -2.5,
            true,
            null,
            "0o17",
            "0x1F",
            "1.10",
            "1:30",
            ".inf",
            "yes",
            "2026-01-01",
            "9007199254740993",
            "yes",
          ],
        },
      },
      // All that stood there unquoted and is no text to YAML 1.1; not the last "yes".
      $verbatim: {
        "/flow": "012",
        "/state": "yes",
        "/created_at": "2026-11-20 23:54:00.5 +01:00",
        "/updated_at": "2026-11-22",
        "/stack/0/flow": "on",
        "/stack/0/state": "1_000",
        "/params/a/plain/5": "0x1F",
        "/params/a/plain/6": "1.10",
        "/params/a/plain/7": "1:30",
        "/params/a/plain/8": ".inf",
        "/params/a/plain/9": "yes",
        "/params/a/plain/10": "2026-01-01",
        "/params/a/plain/11": "9007199254740993",
      },
    });
  });

  it("expands aliases and merges, and keeps unknown keys and hostile ones", async () => {
    const { head } = await readYaml(`flow: f
state: s
params:
  base: &base {a: 1, b: 2}
  same: *base
  more: {<<: *base, b: 3}
  __proto__: {x: 1}
  7: seven
note: !!python/tuple [1, 2]
`);
    expect(head.state["params"]).toEqual(
      JSON.parse(
        '{"base":{"a":1,"b":2},"same":{"a":1,"b":2},"more":{"a":1,"b":3},"__proto__":{"x":1},"7":"seven"}',
      ),
    );
    expect(head.state["note"]).toEqual([1, 2]);
  });

  it("accepts a session without name, times, stack and params", async () => {
    const { head } = await readYaml("flow: f\nstate: s\n", "release 2.0.yaml");
    expect(head).toMatchObject({ id: "release 2.0", createdAt: MODIFIED_AT, updatedAt: MODIFIED_AT });
    expect(head.state).toEqual({ flow: "f", state: "s" });
  });

  it.each([
    ["one line", "{flow: f, state: s, stack: [{flow: g, state: t}]}\n"],
    ["JSON", '{"flow": "f", "state": "s", "stack": [{"flow": "g", "state": "t"}]}'],
    ["a document mark and comments", "# mine\n---\nflow: f\nstate: s\nstack:\n- flow: g\n  state: t\n"],
  ])("reads a session that somebody wrote as %s, whatever its name", async (_what, text) => {
    for (const name of ["trip.yaml", "trip.txt"]) {
      const { format, head } = await readYaml(text, name);
      expect(format).toBe("flowr");
      expect(head.state).toEqual({ flow: "f", state: "s", stack: [{ flow: "g", state: "t" }] });
    }
  });

  it("keeps the file's stem where it differs from the name", async () => {
    const { head } = await readYaml("flow: f\nstate: s\nname: default\nstack: null\n", "backup.yml");
    expect(head.id).toBe("default");
    expect(head.metadata).toEqual({ source: "flowr", fileStem: "backup" });
  });

  it.each([
    ["a syntax error", "flow: f\nstate: s\nparams: {{oops\n", 4],
    ["the same key twice", "flow: f\nstate: s\nstate: t\n", 3],
    ["a state that is a list", "flow: f\nstate: [a]\n", null],
    ["no value for its flow", "flow:\nstate: s\n", null],
    ["a reference to itself", "flow: f\nstate: s\nparams: &a {b: *a}\n", 3],
    ["a key that is a list", "flow: f\nstate: s\nparams: {[a]: 1}\n", 3],
    ["aliases that multiply", bomb(), null],
    ["deep nesting", `flow: f\nstate: s\nparams: ${"[".repeat(600)}${"]".repeat(600)}\n`, 3],
  ])("reports a session with %s as damaged", async (_what, text, line) => {
    const folder = await fixtureFolder({ "trip.yaml": text });
    const { sessions, unreadable } = await readAll(path.join(folder, "trip.yaml"));
    expect(sessions).toEqual([]);
    expect(unreadable).toMatchObject([{ format: "flowr", fault: "damaged", line, wasNamed: true }]);
    expect(await detect(path.join(folder, "trip.yaml"))).toBe("flowr");
  });

  it("reports nesting that ends the parser's stack as damaged", async () => {
    const text = `flow: f\nstate: s\nparams:\n${"- ".repeat(60_000)}x\n`;
    const { unreadable } = await readAll(await fixtureFolder({ "trip.yaml": text }));
    expect(unreadable).toMatchObject([{ format: "flowr", fault: "damaged" }]);
  });

  it("reports leftovers of killed saves, flow definitions and other YAML as no sessions", async () => {
    const folder = await fixtureFolder({
      "tmpab_12xyz.yaml": "flow: f\nstate: s\nname: default\n",
      "tmpcd345678.yaml": "created_at: '2026-11-20T23:54",
      "tmpempty000.yaml": "",
      "tmpreally00.yaml": "flow: f\nstate: s\nname: tmpreally00\n",
      "definition.yaml": "flow: f\nversion: 1.0.0\nstates:\n- id: é\n",
      "other.yaml": "- a\n- b\n",
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual(["tmpreally00"]);
    expect(unreadable.map((item) => [path.basename(item.path), item.fault])).toEqual([
      ["definition.yaml", "not-a-session"],
      ["other.yaml", "not-a-session"],
      ["tmpab_12xyz.yaml", "not-a-session"],
      ["tmpcd345678.yaml", "not-a-session"],
      ["tmpempty000.yaml", "not-a-session"],
    ]);
  });
});

/** Seven levels of ten aliases each: ten million values out of 300 bytes. */
function bomb(): string {
  const lines = ["flow: f", "state: s", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level <= 7; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}
