import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  diskNameOf,
  isDirectName,
  namespaceFolderName,
  parseNamespaceFolderName,
  parseSessionFileName,
  sessionFileName,
} from "../src/file-names.js";

const DEVICES = [
  "con",
  "prn",
  "aux",
  "nul",
  ...Array.from("0123456789", (n) => [`com${n}`, `lpt${n}`]).flat(),
];
const HOSTILE = [
  ...[
    "../x",
    "/abs",
    "a/b",
    "a\\b",
    ".",
    "..",
    ".hidden",
    "_index",
    "-x",
    "a:b",
    "x.",
    "x ",
    " x",
    "__proto__",
    "constructor",
    "a~b",
    "~",
    "@x",
    "*",
    "?",
  ],
  ...[
    "CON",
    "Case",
    "case",
    "nul.txt",
    "COM1.jsonl",
    "\u{1f600}",
    "漢字",
    "é",
    "e\u0301",
    "ﬁ",
    "İ",
    "ß",
    "a".repeat(121),
    "a".repeat(512),
    "%2e",
    "a\u200db",
  ],
  ...DEVICES,
];
/** A file system that is as forgetful as any: one case, one Unicode form, no trailing dots and blanks. */
const forgetful = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[. ]+$/, "");
const id = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..."abAB01.-_~@ é漢"), minLength: 1, maxLength: 6 }),
  fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,119}$/),
);

describe("diskNameOf()", () => {
  it("is the id itself for safe ids only", () => {
    for (const safe of [
      "a",
      "0",
      "session-1",
      "a.b_c-d",
      "x".repeat(120),
      "01930000-0000-7000-8000-000000000000",
      "console",
      "com10",
      "nul-1",
      "connection.x",
    ]) {
      expect(diskNameOf(safe)).toBe(safe);
    }
    for (const hostile of HOSTILE.filter((name) => !["case", "constructor"].includes(name)))
      expect(diskNameOf(hostile)).toMatch(/^[a-z0-9-]{0,40}~[0-9a-f]{32}$/);
    for (const device of DEVICES)
      for (const name of [device, `${device}.txt`, `${device}.a.b`]) expect(diskNameOf(name)).toContain("~");
  });

  it("tells what a person recognises before the hash", () => {
    expect(diskNameOf("Fix the Login-Bug!")).toMatch(/^fix-the-login-bug~/);
    expect(diskNameOf("Café ÜBER")).toMatch(/^cafe-u-ber~|^cafe-uber~/);
    expect(diskNameOf("漢字")).toMatch(/^~[0-9a-f]{32}$/);
  });

  it("keeps any two ids apart on every file system, inside the folder, within its limits, and is found again", () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        const [nameA, nameB] = [diskNameOf(a), diskNameOf(b)];
        if (a !== b) expect(forgetful(nameA)).not.toBe(forgetful(nameB));
        expect(nameA).toMatch(/^[a-z0-9._~-]+$/);
        expect(nameA).not.toMatch(/^\.|\.$/);
        expect(Buffer.byteLength(sessionFileName(a, "jsonl"))).toBeLessThanOrEqual(130);
        expect(DEVICES).not.toContain(nameA.split(".")[0]);
        expect(isDirectName(nameA)).toBe(nameA === a);
        expect(parseSessionFileName(sessionFileName(a, "jsonl"), "jsonl")).toBe(nameA);
        expect(parseNamespaceFolderName(namespaceFolderName(a))).toBe(nameA);
        expect(parseSessionFileName(namespaceFolderName(a), "jsonl")).toBeNull();
      }),
      { numRuns: 3000, seed: 20261121 },
    );
  });

  it("gives every short id over a small alphabet a name of its own", () => {
    const alphabet = [..."aAb.~-@ é/"];
    const ids = alphabet.flatMap((x) => [
      x,
      ...alphabet.flatMap((y) => [x + y, ...alphabet.map((z) => x + y + z)]),
    ]);
    const names = new Set(ids.map((item) => forgetful(diskNameOf(item))));
    expect(names.size).toBe(new Set(ids).size);
  });
});

describe("parseSessionFileName()", () => {
  it("knows no temp, hidden, index, lock or set-aside file, no other format's file and no name that we would not give", () => {
    const names = [
      ...[
        "a",
        "a.yaml",
        ".a.jsonl",
        ".index.jsonl",
        ".locks.jsonl",
        "a.jsonl.torn-20261121T000000000Z-0badcafe",
        "a.jsonl.bak",
        "A.jsonl",
        "a b.jsonl",
      ],
      ...[
        "a..jsonl",
        "con.jsonl",
        "nul.x.jsonl",
        "a~b.jsonl",
        `a~${"g".repeat(32)}.jsonl`,
        `A~${"0".repeat(32)}.jsonl`,
        `${"a".repeat(121)}.jsonl`,
        ".jsonl",
        "jsonl",
      ],
      ...[
        `-a~${"0".repeat(32)}.jsonl`,
        `a-~${"0".repeat(32)}.jsonl`,
        `${"a".repeat(41)}~${"0".repeat(32)}.jsonl`,
        ".tmp-x.jsonl",
        "é.jsonl",
      ],
    ];
    for (const name of names) expect([name, parseSessionFileName(name, "jsonl")]).toEqual([name, null]);
  });
});
