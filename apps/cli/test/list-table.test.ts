import type { SessionPage } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { createColors } from "../src/colors.js";
import { listNotes, listTable } from "../src/list-table.js";
import { shortIds } from "../src/short-ids.js";

const colors = createColors(false);
const NOW = new Date("2026-01-31T12:00:00.000Z");
const [A, B] = ["01a1fc1c-fa15-767b-bba1-bc8a374ec336", "01a1fc1c-fa15-767b-bba1-bc8a374ec337"];

async function page(): Promise<SessionPage> {
  await using store = await openMemorySessionStore({ clock: () => NOW.getTime() });
  for (const [index, id] of [A, "02b00000-fa15-767b-bba1-bc8a374ec336"].entries()) {
    await store.create({
      id,
      title: "Why does the login fail on Tuesdays?",
      pinned: index === 0,
      labels: ["auth"],
    });
  }
  return await store.list({ orderBy: "id", direction: "asc" });
}

describe("listTable()", () => {
  // With the ids that the library makes, 80 columns had 12 of a title, and neither marks nor labels.
  it("cuts ids to what tells them apart where the terminal is narrow, and says so", async () => {
    const { text, hasShortIds } = await listTable(await page(), { colors, width: 80 }, NOW);
    const [header, first] = text.split("\n");
    expect(header?.split(/ +/)).toEqual(["ID", "UPDATED", "MARKS", "MESSAGES", "TOKENS", "LABELS", "TITLE"]);
    expect(first?.split(/ +/)).toEqual([
      "01a1fc1c",
      "now",
      "pin",
      "0",
      "0",
      "auth",
      ...(first?.split(/ +/).slice(6) ?? []),
    ]);
    expect(first).toContain("Why does the login");
    expect(hasShortIds).toBe(true);
    expect(listNotes(await page(), "", hasShortIds, { colors }).join()).toContain("Ids are cut");
  });

  it("keeps marks longer than labels, and rows on one line", async () => {
    const { text } = await listTable(await page(), { colors, width: 40 }, NOW);
    expect(text.split("\n")[0]?.split(/ +/)).toEqual(["ID", "UPDATED", "MARKS", "TITLE"]);
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(40);
  });

  it("shows whole ids where there is room, and where there is no terminal", async () => {
    for (const width of [null, 200]) {
      const { text, hasShortIds } = await listTable(await page(), { colors, width }, NOW);
      expect([text.includes(A), hasShortIds]).toEqual([true, false]);
    }
  });
});

describe("listTable() of an id that is very long", () => {
  it("shows it whole where there is no terminal, for another command to take", async () => {
    await using store = await openMemorySessionStore();
    const id = `${"team/".repeat(20)}login`;
    await store.create({ id });
    expect((await listTable(await store.list(), { colors, width: null }, NOW)).text).toContain(`${id} `);
    expect((await listTable(await store.list(), { colors, width: 80 }, NOW)).text).not.toContain(id);
  });
});

describe("shortIds()", () => {
  it("gives beginnings that no other one of them has, of 8 characters or more", () => {
    const [blanks, colon] = ["a name with blanks", "team:2345:6789"];
    const ids = [A, B, "02b00000-fa15", "02b00000", "login", "login-2-again", blanks, colon];
    expect([...shortIds(ids).values()].sort()).toEqual(
      [A, B, "02b00000-", "02b00000", "login", "login-2-", blanks, colon].sort(),
    );
  });
});
