import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseOptions } from "../src/options.js";
import { CONTENDERS } from "../src/peers/contenders.js";
import { GROUPS, groupOf, scaled } from "../src/row.js";
import { ROWS, selectRows } from "../src/rows.js";

const peersFolder = fileURLToPath(new URL("../peers/", import.meta.url));
const read = (name: string) => readFileSync(`${peersFolder}${name}`, "utf8");

test("every row has an id of its own, in a group that is known", () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
  expect(ROWS.filter((row) => !GROUPS.some((group) => group === groupOf(row)))).toEqual([]);
});

describe("selectRows()", () => {
  test("finds rows by a part of their id, in the order of the budget", () => {
    expect(selectRows(["sqlite/append-unindexed", "core/"]).map(({ id }) => id)).toEqual([
      "core/size",
      "core/import",
      "sqlite/append-unindexed",
      "sqlite/append-unindexed-relaxed",
    ]);
  });

  test("refuses a word that names no row, even beside one that does", () => {
    expect(() => selectRows(["json", "jsno"])).toThrow(RangeError);
  });
});

test("scaled() takes a part for a look in passing, and never nothing", () => {
  expect([scaled(10_000, 1), scaled(10_000, 0.1), scaled(5, 0.1)]).toEqual([10_000, 1000, 1]);
});

describe("parseOptions()", () => {
  test("measures the budget unless told otherwise", () => {
    expect(parseOptions([])).toMatchObject({
      parts: ["budget"],
      scale: 1,
      only: [],
      writesReport: false,
    });
    expect(parseOptions(["--curves", "--quick"])).toMatchObject({ parts: ["curves"], scale: 0.1 });
    expect(parseOptions(["--only", "json,cli", "--only", "core"]).only).toEqual(["json", "cli", "core"]);
  });

  test("measures everything for a report", () => {
    expect(parseOptions(["--report"]).parts).toEqual(["budget", "curves", "tables", "peers"]);
  });

  test("measures the parts that are named for a report, but no single rows", () => {
    expect(parseOptions(["--report", "--budget", "--peers"]).parts).toEqual(["budget", "peers"]);
    expect(() => parseOptions(["--report", "--only", "json"])).toThrow("--budget or --peers");
  });

  test("refuses an option that it does not know", () => {
    expect(() => parseOptions(["--quik"])).toThrow(TypeError);
  });

  test.each(["0", "-1", "1.5", "half"])("refuses a scale of %s", (scale) => {
    expect(() => parseOptions([`--scale=${scale}`])).toThrow(TypeError);
  });
});

describe("peers", () => {
  test("are locked without the address that they were downloaded from", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved"/);
  });

  test("are locked in the versions that the manifest names", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    const { packages } = JSON.parse(read("package-lock.json"));
    expect(packages[""].dependencies).toEqual(dependencies);
    for (const [name, version] of Object.entries(dependencies)) {
      expect(packages[`node_modules/${name}`].version, name).toBe(version);
    }
  });

  test("have an adapter each, and packages that are installed", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    for (const contender of CONTENDERS) {
      const source = contender.source(peersFolder);
      if (source.kind === "peer")
        expect(readFileSync(source.file, "utf8")).toMatch(/export (const|async function) open/);
      for (const name of contender.packages) expect(dependencies).toHaveProperty([name]);
    }
  });
});
