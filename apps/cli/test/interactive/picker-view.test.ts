import { stripVTControlCharacters } from "node:util";
import type { SessionSummary } from "@agent-sessions/core";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { createColors } from "../../src/colors.js";
import { PickerState } from "../../src/interactive/picker-state.js";
import { type PickerView, renderPicker, type Size } from "../../src/interactive/picker-view.js";
import { oneLine } from "../../src/terminal-text.js";

const NOW = new Date("2026-01-31T12:00:00.000Z");

function session(given: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id: "s",
    namespace: "",
    title: "",
    preview: "",
    labels: [],
    metadata: {},
    pinned: false,
    archived: false,
    parent: null,
    usage: { inputTokens: 0, outputTokens: 0 },
    messageCount: 1,
    revision: 1,
    createdAt: NOW.toISOString(),
    updatedAt: NOW.toISOString(),
    ...given,
  };
}

function view(sessions: readonly SessionSummary[], given: Partial<PickerView> = {}): PickerView {
  const state = new PickerState();
  state.setRows(sessions.map((one) => ({ session: one, searchText: one.title })));
  return {
    state,
    place: "/data/sessions.db",
    total: sessions.length,
    isComplete: true,
    unreadableCount: 0,
    pane: { kind: "preview", messages: [] },
    now: NOW,
    status: null,
    ...given,
  };
}

function linesOf(shown: PickerView, size: Size): readonly string[] {
  return renderPicker(shown, size, createColors(false)).lines;
}

/** Wide, combining, joined, turning and controlling characters among plain ones. */
const UNITS = [
  "a",
  "b",
  " ",
  "日",
  "ラ",
  "가",
  "é",
  "e\u0301",
  "👩‍👩‍👧",
  "🎉",
  "\u001b",
  "\u0007",
  "\u009b",
  "\u202e",
  "\u2028",
  "\n",
  "\t",
];
const text = fc.array(fc.constantFrom(...UNITS), { maxLength: 120 }).map((units) => units.join(""));
const size = fc.record({ columns: fc.integer({ min: 20, max: 150 }), rows: fc.integer({ min: 1, max: 60 }) });
const pane = fc.oneof(
  fc.record({
    kind: fc.constant("preview" as const),
    messages: fc.option(fc.array(fc.record({ role: safe(), text: safe() }), { maxLength: 8 })),
  }),
  fc.record({
    kind: fc.constant("question" as const),
    question: fc.constant("Delete it for good?"),
    facts: fc.array(safe(), { maxLength: 5 }),
  }),
);

/** What `oneLine` leaves of a text. */
function safe(): fc.Arbitrary<string> {
  return text.map(oneLine);
}

describe("renderPicker()", () => {
  it("gives no more lines than the terminal has, none wider than its 20 columns or more, whatever is stored", () => {
    const summary = fc
      .record({
        id: text,
        title: text,
        preview: text,
        labels: fc.array(text, { maxLength: 3 }),
        pinned: fc.boolean(),
        archived: fc.boolean(),
        messageCount: fc.nat(),
        parent: fc.option(fc.record({ id: text, messageCount: fc.nat() })),
      })
      .map(session);
    fc.assert(
      fc.property(
        fc.array(summary, { maxLength: 40 }),
        pane,
        size,
        safe(),
        (sessions, shownPane, { columns, rows }, place) => {
          const shown = view(sessions, { pane: shownPane, place, unreadableCount: sessions.length % 3 });
          const { lines, cursor } = renderPicker(shown, { columns, rows }, createColors(true));
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) {
            const plain = stripVTControlCharacters(line);
            expect(stringWidth(plain)).toBeLessThanOrEqual(columns);
            expect(plain).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
          }
          expect(cursor.column).toBeLessThan(columns + 2);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("marks the chosen one, the pinned and the archived ones", () => {
    const lines = linesOf(
      view([session({ title: "one", pinned: true }), session({ id: "t", title: "two", archived: true })]),
      { columns: 60, rows: 20 },
    );
    expect(lines.slice(2, 4).map((line) => line.slice(0, 8))).toEqual(["> *  one", "   - two"]);
  });

  it("shows the newest messages that fit below, and cuts a long one", () => {
    const messages = [
      { role: "user", text: "the first one" },
      { role: "assistant", text: "word ".repeat(100) },
      { role: "user", text: "the last one" },
    ];
    const lines = linesOf(view([session()], { pane: { kind: "preview", messages } }), {
      columns: 40,
      rows: 15,
    });
    const shown = lines.slice(lines.findIndex((line) => line.startsWith("─")) + 2);
    expect(shown[0]).toBe("assistant word word word word word word");
    expect(shown[3]).toMatch(/^ {10}.*…$/);
    expect(shown[4]).toBe("user      the last one");
    expect(lines.join("\n")).not.toContain("the first one");
  });

  // Of "The file … cannot be made: it exists already" 80 columns showed the path alone.
  it("shows what went wrong in whole, on as many lines as it takes", () => {
    const text = `INVALID_OPTIONS The file ${"/deep".repeat(20)}/a.jsonl cannot be made: it exists already.`;
    const lines = linesOf(view([session({ title: "T" })], { pane: { kind: "notice", text }, status: text }), {
      columns: 80,
      rows: 24,
    });
    expect(lines.map((line) => line.trim()).join(" ")).toContain("it exists already.");
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
  });
});

describe("PickerState", () => {
  const rows = ["apple", "banana", "cherry"].map((title) => ({
    session: session({ id: title, title }),
    searchText: title,
  }));

  it("keeps what is chosen when the list is read anew, wherever it stands then", () => {
    const state = new PickerState();
    state.setRows(rows);
    state.move(1);
    state.setRows(rows.toReversed().slice(1));
    expect(state.session?.id).toBe("banana");
    state.setRows(rows.slice(0, 1));
    expect(state.session?.id).toBe("apple");
    state.setRows([]);
    expect(state.session).toBeUndefined();
  });

  it("takes away what a person sees as one character", () => {
    const state = new PickerState();
    state.type("a👩‍👩‍👧");
    state.eraseCharacter();
    expect(state.filter).toBe("a");
    state.eraseCharacter();
    state.eraseCharacter();
    expect(state.filter).toBe("");
  });

  it("moves the visible part as little as shows the chosen one", () => {
    const state = new PickerState();
    state.setRows(rows);
    state.move(2);
    expect(state.visible(2)).toMatchObject({ top: 1 });
    state.move(-1);
    expect(state.visible(2)).toMatchObject({ top: 1 });
    state.move(-1);
    expect(state.visible(2)).toMatchObject({ top: 0 });
    state.move(Infinity);
    expect(state.visible(5)).toMatchObject({ top: 0, sessions: { length: 3 } });
  });
});
