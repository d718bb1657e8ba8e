import type { SessionSummary } from "@agent-sessions/core";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import type { Colors } from "../colors.js";
import { count, nameOf, relativeTime, zonedTime } from "../describe-session.js";
import { fit } from "../render-table.js";
import { oneLine } from "../terminal-text.js";
import type { PickerState } from "./picker-state.js";
import type { PreviewMessage } from "./session-preview.js";

/** What stands on the lines below the list. */
export type Pane =
  | { readonly kind: "preview"; readonly messages: readonly PreviewMessage[] | null }
  /** What went wrong, in whole: of a path and a reason, one line shows the path alone. Safe for a terminal. */
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "question"; readonly question: string; readonly facts: readonly string[] };

export interface PickerView {
  readonly state: PickerState;
  /** Such as the store's path; safe for a terminal. */
  readonly place: string;
  /** How many sessions were read, and whether there are more. */
  readonly total: number;
  readonly isComplete: boolean;
  readonly unreadableCount: number;
  readonly pane: Pane;
  readonly now: Date;
  /** What the last key did; null shows what the keys do. */
  readonly status: string | null;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const KEYS = "enter show  ^P pin  ^A archive  ^F fork  ^E export  ^D delete  esc quit";
const MORE_KEYS = "  ^R reload  ^U clear";
const PROMPT = "> ";
/** Title, filter, and the line of keys. */
const FIXED_ROWS = 3;
/** On a lower terminal there is no room for a preview. */
const LEAST_ROWS_WITH_PREVIEW = 12;
/** The part of the lines that the preview takes beside a long list. */
const PREVIEW_SHARE = 0.45;
const LEAST_LIST_ROWS = 5;
const LABEL_COLUMNS = 20;
/** `59 min ago`, `2026-01-31`. */
const TIME_COLUMNS = 10;
/** Of one message, so that a long one leaves room for others. */
const MESSAGE_LINES = 4;

/** How many lines the list takes, of a store with so many sessions. */
export function listHeight(rows: number, pane: Pane, total: number): number {
  return Math.max(1, rows - FIXED_ROWS - paneHeight(rows, pane, total));
}

/** Together with the rule above it. The preview gets what a short list leaves, whatever is typed: nothing jumps. */
function paneHeight(rows: number, pane: Pane, total: number): number {
  const left = rows - FIXED_ROWS;
  if (pane.kind === "question") return Math.min(pane.facts.length + 2, Math.max(0, left - 1));
  if (rows < LEAST_ROWS_WITH_PREVIEW) return 0;
  return Math.max(Math.floor(left * PREVIEW_SHARE), left - Math.max(total, LEAST_LIST_ROWS));
}

/** Every line of the screen, none wider than it, and where the cursor stands. */
export function renderPicker(
  view: PickerView,
  { columns, rows }: Size,
  colors: Colors,
): { readonly lines: readonly string[]; readonly cursor: { readonly row: number; readonly column: number } } {
  const { state, pane, total } = view;
  const height = listHeight(rows, pane, total);
  const { top, sessions } = state.visible(height);
  const list = sessions.map((session, row) =>
    listLine(session, { isChosen: top + row === state.chosen, now: view.now, columns, colors }),
  );
  if (list.length === 0) list.push(colors.dim(cut(emptyText(view), columns)));
  while (list.length < height) list.push("");
  const filter = cutStart(oneLine(state.filter), columns - PROMPT.length - 1);
  const lines = [
    titleLine(view, columns, colors),
    `${colors.cyan(cut(PROMPT, columns))}${filter}`,
    ...list,
    ...paneLines(view, { columns, height: paneHeight(rows, pane, total), colors }),
    footer(view, columns, colors),
  ];
  return { lines: lines.slice(0, rows), cursor: { row: 1, column: PROMPT.length + stringWidth(filter) } };
}

function titleLine(view: PickerView, columns: number, colors: Colors): string {
  const { place, state, total, unreadableCount } = view;
  const of = state.filter.trim() === "" ? "" : `${counted(state.matches.length, view)} of `;
  const unreadable = unreadableCount === 0 ? "" : `, ${unreadableCount} unreadable`;
  const numbers = `${of}${counted(total, view)} ${total === 1 ? "session" : "sessions"}${unreadable}`;
  const left = cutStart(place, columns - stringWidth(numbers) - 2);
  return `${colors.bold(pad(left, columns - stringWidth(numbers)))}${colors.dim(cut(numbers, columns))}`;
}

/** `1,000+` while there may be more. */
function counted(number: number, { isComplete }: PickerView): string {
  return `${number.toLocaleString("en")}${isComplete ? "" : "+"}`;
}

function emptyText({ state, total, isComplete, place }: PickerView): string {
  if (!isComplete) return "  Reading…";
  if (total > 0) return `  Nothing holds ${JSON.stringify(oneLine(state.filter.trim()))}.`;
  return `  No sessions in ${place}. agent-sessions create or import makes some.`;
}

interface LineOptions {
  readonly columns: number;
  readonly colors: Colors;
}

/** `> * title   labels   messages  time` */
function listLine(
  session: SessionSummary,
  { isChosen, now, columns, colors }: LineOptions & { readonly isChosen: boolean; readonly now: Date },
): string {
  const { messageCount, updatedAt, pinned, archived } = session;
  const marks = `${isChosen ? ">" : " "} ${pinned ? "*" : " "}${archived ? "-" : " "} `;
  const labels = columns < 70 ? "" : cut(session.labels.map(oneLine).join(","), LABEL_COLUMNS);
  const time = relativeTime(updatedAt, now).padStart(TIME_COLUMNS);
  const numbers = ` ${String(messageCount).padStart(6)}${columns < 50 ? "" : `  ${time}`}`;
  const labelColumns = labels === "" ? 0 : stringWidth(labels) + 2;
  const nameColumns = Math.max(0, columns - marks.length - numbers.length - labelColumns);
  const name = pad(cut(nameOf(session) || oneLine(session.id), nameColumns), nameColumns);
  const shownName = isChosen ? colors.bold(name) : archived ? colors.dim(name) : name;
  const shownLabels = labels === "" ? "" : `  ${colors.yellow(labels)}`;
  return `${isChosen ? colors.cyan(marks) : marks}${shownName}${shownLabels}${colors.dim(numbers)}`;
}

function paneLines(
  { pane, state }: PickerView,
  { columns, height, colors }: LineOptions & { readonly height: number },
): readonly string[] {
  if (height === 0) return [];
  const rule = colors.dim("─".repeat(columns));
  const { session } = state;
  const lines =
    pane.kind === "question"
      ? [colors.bold(cut(pane.question, columns)), ...pane.facts.map((fact) => cut(fact, columns))]
      : pane.kind === "notice"
        ? wrapAnsi(pane.text, columns, { hard: true }).split("\n")
        : session === undefined
          ? []
          : previewLines(session, pane.messages, { columns, height: height - 1, colors });
  return [rule, ...lines, ...Array<string>(height).fill("")].slice(0, height);
}

function previewLines(
  session: SessionSummary,
  messages: readonly PreviewMessage[] | null,
  { columns, height, colors }: LineOptions & { readonly height: number },
): readonly string[] {
  const { inputTokens, outputTokens } = session.usage;
  const facts = [
    count(session.messageCount, "message"),
    inputTokens + outputTokens === 0 ? "" : `${inputTokens} + ${outputTokens} tokens`,
    session.pinned ? "pinned" : "",
    session.archived ? "archived" : "",
    session.parent === null ? "" : `fork of ${oneLine(session.parent.id)}`,
    session.labels.map(oneLine).join(","),
    `changed ${zonedTime(session.updatedAt)}`,
  ];
  const head = [oneLine(session.id), ...facts.filter((fact) => fact !== "")].join(" · ");
  const name = nameOf(session);
  const above = [colors.cyan(cut(head, columns)), ...(name === "" ? [] : [colors.bold(cut(name, columns))])];
  return [...above, ...messageLines(messages ?? [], { columns, height: height - above.length, colors })];
}

/** The newest messages that fit, the newest one last. */
function messageLines(
  messages: readonly PreviewMessage[],
  { columns, height, colors }: LineOptions & { readonly height: number },
): readonly string[] {
  const roleColumns = Math.min(12, Math.max(0, ...messages.map(({ role }) => stringWidth(role)))) + 1;
  const textColumns = columns - roleColumns;
  if (textColumns < 10) return [];
  const lines: string[] = [];
  for (const { role, text } of messages.toReversed()) {
    const wrapped = wrapAnsi(text, textColumns, { hard: true }).split("\n");
    const shown = wrapped.slice(0, MESSAGE_LINES);
    if (wrapped.length > shown.length) shown.push(cut(`${shown.pop()?.trimEnd() ?? ""} …`, textColumns));
    if (lines.length + shown.length > height && lines.length > 0) break;
    const label = colors.dim(pad(cut(role, roleColumns - 1), roleColumns));
    lines.unshift(...shown.map((line, index) => `${index === 0 ? label : " ".repeat(roleColumns)}${line}`));
  }
  return lines.slice(0, height);
}

function footer({ pane, status }: PickerView, columns: number, colors: Colors): string {
  if (pane.kind === "question") return colors.yellow(cut("y yes   any other key: no", columns));
  if (status !== null) return colors.green(cut(status, columns));
  return colors.dim(cut(columns < KEYS.length + MORE_KEYS.length ? KEYS : KEYS + MORE_KEYS, columns));
}

function cut(text: string, columns: number): string {
  return columns <= 0 ? "" : fit(text, columns, stringWidth);
}

/** Keeps the end, which tells more of a path and of what is being typed. */
function cutStart(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  while (segments.length > 0 && stringWidth(segments.join("")) > columns - 1) segments.shift();
  return columns <= 0 ? "" : `…${segments.join("")}`;
}

function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - stringWidth(text)));
}
