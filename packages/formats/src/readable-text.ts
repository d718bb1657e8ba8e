import type { JsonValue, SessionHead } from "@agent-sessions/core";
import { VERBATIM } from "./foreign-value.js";

/** Control characters, but for tabs and line ends, and marks that turn the direction of the text around them. */
const ACTIVE = /[\p{Cc}\p{Bidi_Control}]/gu;

/** A text whose invisible characters are seen: as their pictures (`␛`), or as `\u202e`. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(ACTIVE, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A value for readers, and the language that it is highlighted as: "" for a text. */
export function readableValue(value: JsonValue): { readonly text: string; readonly language: "" | "json" } {
  return typeof value === "string"
    ? { text: visible(value), language: "" }
    : { text: visible(JSON.stringify(value, null, 2)), language: "json" };
}

/** A piece of a text: prose, or the inside of a fenced block of code. */
export type TextPiece =
  | { readonly kind: "prose"; readonly text: string }
  | { readonly kind: "code"; readonly text: string; readonly language: string };

/** Splits a text at its code fences as CommonMark has them (section 4.5). One that is not closed reaches to the end. */
export function splitFences(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let prose: string[] = [];
  let code: { readonly fence: string; readonly language: string; readonly lines: string[] } | null = null;
  const endProse = (): void => {
    if (prose.length > 0) pieces.push({ kind: "prose", text: prose.join("\n") });
    prose = [];
  };
  for (const line of text.split("\n")) {
    const [, fence = "", info = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (code === null) {
      // A backtick behind backticks makes a span of code, not a fence.
      if (fence === "" || (fence.startsWith("`") && info.includes("`"))) prose.push(line);
      else {
        endProse();
        code = { fence, language: /^\s*([\w+#.-]{0,30})/.exec(info)?.[1] ?? "", lines: [] };
      }
    } else if (fence.startsWith(code.fence) && info.trim() === "") {
      pieces.push({ kind: "code", text: code.lines.join("\n"), language: code.language });
      code = null;
    } else code.lines.push(line);
  }
  endProse();
  if (code !== null) pieces.push({ kind: "code", text: code.lines.join("\n"), language: code.language });
  return pieces;
}

/** What a reader wants to know of a session besides its messages; empty facts are left out. */
export function headFacts(head: SessionHead): readonly (readonly [name: string, value: string])[] {
  const usage = Object.entries(head.usage).filter(([, count]) => count > 0);
  const metadata = Object.entries(head.metadata).map(([key, value]) => `${key}=${String(value)}`);
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["id", head.id],
    ["namespace", head.namespace],
    ["created", head.createdAt],
    ["updated", head.updatedAt],
    ["messages", String(head.messageCount)],
    ["fork of", head.parent === null ? "" : parentText(head.parent)],
    ["usage", usage.map(([counter, count]) => `${counter} ${count.toLocaleString("en")}`).join(", ")],
    ["labels", head.labels.join(", ")],
    ["metadata", metadata.join(", ")],
    ["marks", [head.pinned ? "pinned" : "", head.archived ? "archived" : ""].filter(Boolean).join(", ")],
  ];
  return facts.filter(([, value]) => value !== "").map(([name, value]) => [name, oneLine(value)]);
}

function parentText({ id, messageCount }: NonNullable<SessionHead["parent"]>): string {
  return messageCount === 0 ? id : `${id} (its first ${messageCount} messages)`;
}

/** The title, else how the session begins, else its id. */
export function titleOf(head: SessionHead): string {
  return oneLine(head.title || head.preview || head.id);
}

/** A text for one line. */
export function oneLine(text: string): string {
  return visible(text.replaceAll(/[\r\n\t]+/g, " "));
}

/** The part of the state that is for readers, and the names of the rest: what we keep of other tools' files, and source texts. */
export function readableState(head: SessionHead): {
  readonly state: Readonly<Record<string, JsonValue | undefined>>;
  readonly notHeld: readonly string[];
} {
  const members = Object.entries(head.state);
  const isOurs = ([key]: readonly [string, unknown]): boolean => key.startsWith("$");
  return {
    state: Object.fromEntries(members.filter((member) => !isOurs(member))),
    notHeld: members
      .filter((member) => isOurs(member) && member[0] !== VERBATIM)
      .map(([key]) => `state.${key}`),
  };
}

/** `2026-01-31 12:00:05 UTC`: a page is read in other places than where it was written. */
export function readableTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
