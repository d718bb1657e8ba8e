import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  diskNameOf,
  isDirectName,
  namespaceFolderName,
  parseNamespaceFolderName,
  parseSessionFileName,
  parseSetAsideName,
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

describe("diskNameOf() over all of Unicode's first plane", () => {
  /** Every UTF-16 code unit but lone surrogates, which are no text. */
  const characters = Array.from({ length: 0x10000 }, (_, unit) => unit)
    .filter((unit) => unit < 0xd800 || unit > 0xdfff)
    .map((unit) => String.fromCharCode(unit));

  it("gives every character, alone and between letters, a safe name that no other has on any file system", () => {
    const owners = new Map<string, string>();
    const problems: string[] = [];
    for (const character of characters) {
      for (const id of [character, `a${character}b`]) {
        const name = diskNameOf(id);
        const isSafe = /^[a-z0-9._~-]+$/.test(name) && !/^\.|\.$/.test(name);
        const isAlone = !owners.has(forgetful(name));
        if (!isSafe || !isAlone || isDirectName(name) !== (name === id))
          problems.push(`${JSON.stringify(id)}: ${name}`);
        owners.set(forgetful(name), id);
      }
    }
    expect(problems).toEqual([]);
    expect(owners.size).toBe(2 * characters.length);
  });

  it("gives every device of Windows another name, in any case and with anything behind a dot", () => {
    for (const device of DEVICES)
      for (const name of [device, device.toUpperCase(), `${device[0]?.toUpperCase()}${device.slice(1)}`])
        for (const behind of ["", ".", ".txt", ".a.b", " ", ". .", ":stream", "\u00b9"]) {
          const diskName = sessionFileName(name + behind, "jsonl");
          expect(DEVICES).not.toContain(diskName.split(".")[0]);
          expect(diskName).toMatch(/~[0-9a-f]{32}\.jsonl$/);
        }
    // Windows knows these as devices, too.
    for (const name of ["com¹", "com²", "com³", "lpt¹", "lpt²", "lpt³", "conin$", "conout$"])
      expect(diskNameOf(name)).toMatch(/~[0-9a-f]{32}$/);
  });

  it("keeps any two ids apart that differ in case, in their Unicode form or in what Windows drops", () => {
    const variants = (id: string): string[] => [
      ...[id, id.toLowerCase(), id.toUpperCase(), id.normalize("NFC"), id.normalize("NFD")],
      ...[
        id.normalize("NFKC"),
        id.normalize("NFKD"),
        `${id}.`,
        `${id} `,
        ` ${id}`,
        id.toLowerCase().toUpperCase(),
      ],
    ];
    fc.assert(
      fc.property(id, (text) => {
        const ids = [...new Set(variants(text))];
        expect(new Set(ids.map((one) => forgetful(diskNameOf(one)))).size).toBe(ids.length);
        expect(new Set(ids.map((one) => forgetful(namespaceFolderName(one)))).size).toBe(ids.length);
      }),
      { numRuns: 2000, seed: 20261121 },
    );
  });
});

describe("parseSetAsideName()", () => {
  it("tells whose session something was set aside from, and knows no other name", () => {
    const mark = "20260131T120000000Z-0badcafe";
    for (const kind of ["torn", "damaged"])
      expect(parseSetAsideName(`a.b.jsonl.${kind}-${mark}`, "jsonl")).toBe("a.b.jsonl");
    for (const name of [
      "a.jsonl",
      `a.jsonl.torn-${mark}.bak`,
      `A.jsonl.torn-${mark}`,
      `a.yaml.torn-${mark}`,
      `a.jsonl.lost-${mark}`,
      "a.jsonl.torn-x",
    ])
      expect(parseSetAsideName(name, "jsonl")).toBeNull();
  });
});
