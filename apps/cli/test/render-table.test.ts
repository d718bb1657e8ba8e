import { describe, expect, it } from "vitest";
import { renderTable } from "../src/render-table.js";

const columns = [
  { header: "NAME", maxWidth: 8, value: (row: readonly [string, number]) => row[0] },
  { header: "N", align: "right", value: (row: readonly [string, number]) => String(row[1]) },
] as const;

describe("renderTable()", () => {
  it("aligns, and cuts what is too wide", async () => {
    expect(
      await renderTable(
        [
          ["a", 1],
          ["a long name", 200],
        ],
        columns,
      ),
    ).toBe("NAME        N\na           1\na long …  200");
  });

  it("keeps to the width of the terminal by the last column", async () => {
    const twoTexts = [columns[1], { header: "TITLE", value: (row: readonly [string, number]) => row[0] }];
    const lines = (await renderTable([["a title that is long", 1]], twoTexts, { width: 16 })).split("\n");
    expect(lines).toEqual(["N  TITLE", "1  a title that…"]);
  });

  // With the ids that the library makes, every row of a list ran over the edge of a terminal of 80 columns.
  it("leaves out optional columns, the last first, where the terminal is too narrow", async () => {
    const row = ["01a1fc1c-fa15-767b-bba1-bc8a374ec336", 1] as const;
    const three = [
      { header: "ID", value: () => row[0] },
      { header: "N", isOptional: true, value: () => "12345" },
      { header: "MARKS", isOptional: true, value: () => "" },
      { header: "TITLE", value: () => "a long title" },
    ];
    const headers = async (width: number): Promise<string> =>
      (await renderTable([row], three, { width })).split("\n")[0]?.replaceAll(/ +/g, " ") ?? "";
    expect(await headers(62)).toBe("ID N MARKS TITLE");
    expect(await headers(56)).toBe("ID N TITLE");
    expect(await headers(30)).toBe("ID TITLE");
  });

  // At 40 columns every row was two lines.
  it("never runs over the edge, whatever the terminal", async () => {
    for (const width of [10, 20, 40, 60]) {
      const lines = (
        await renderTable([["01a1fc1c-fa15-767b", 1]], [columns[0], columns[1], columns[0]], { width })
      ).split("\n");
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    }
  });

  it("counts wide and combining characters as a terminal shows them", async () => {
    expect(
      await renderTable(
        [
          ["日本語の長い", 1],
          ["e\u0301e\u0301", 2],
        ],
        columns,
      ),
    ).toBe("NAME     N\n日本語…  1\ne\u0301e\u0301       2");
  });
});
