#!/usr/bin/env node
/**
 * Counts the sessions and messages in a folder of other tools' files in the plainest way there is, apart from our readers: it splits
 * lines, parses JSON, and knows each file's format by the folder that it lies in. Prints a table as JSON.
 *
 *     node scripts/count-sessions.mjs FOLDER > scripts/session-counts.json
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** @typedef {{ path: string, format: string, sessions: number, messages: number }} Count */

/** @param {string} file */
const json = (file) => JSON.parse(readFileSync(file, "utf8"));

/** @param {string} file */
const lines = (file) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));

/** @type {readonly [folder: RegExp, format: string, count: (file: string) => [sessions: number, messages: number]][]} */
const RULES = [
  [
    /^claude-code\/.*\.jsonl$/,
    "claude-code",
    (file) => [1, lines(file).filter(({ message }) => message).length],
  ],
  [/^claw-port\/.*\.json$/, "claw-port", (file) => [1, json(file).messages.length]],
  [/^claw-rust\/legacy-json\/.*\.json$/, "claw-json", (file) => [1, json(file).messages.length]],
  [
    /^claw-rust\/.*\.jsonl$/,
    "claw-jsonl",
    (file) => [1, lines(file).filter(({ type }) => type === "message").length],
  ],
  [
    /^codex\/.*\.jsonl$/,
    "codex",
    (file) => [1, lines(file).filter(({ type }) => type === "response_item").length],
  ],
  [/^flowr\/sessions\/.*\.yaml$/, "flowr", () => [1, 0]],
  [/^gemini\/.*\.json$/, "gemini", (file) => [1, json(file).messages.length]],
  [/^hermes-state-db\/.*\.db$/, "hermes-agent", (file) => countDatabase(file)],
  [/^hermes-webui\/sessions\/[^_].*\.json$/, "hermes-webui", (file) => [1, json(file).messages.length]],
  [/^opencode\/[^/]*\.json$/, "opencode", (file) => [1, json(file).messages.length]],
  [/^opencode\/storage\/session\/.*\.json$/, "opencode", (file) => countStored(file)],
  [/^pi\/.*\.jsonl$/, "pi", (file) => [1, lines(file).filter(({ type }) => type === "message").length]],
  [/^state-manager\/session-[^/]*\/session\.json$/, "registry-review", () => [1, 0]],
];

/**
 * @param {string} file
 * @returns {[number, number]}
 */
function countDatabase(file) {
  const sql = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM messages)";
  const [sessions, messages] = execFileSync("sqlite3", ["-readonly", `file:${file}?immutable=1`, sql], {
    encoding: "utf8",
  }).split("|");
  return [Number(sessions), Number(messages)];
}

/**
 * @param {string} file
 * @returns {[number, number]}
 */
function countStored(file) {
  const folder = path.join(path.dirname(file), "..", "..", "message", path.parse(file).name);
  return [1, readdirSync(folder).length];
}

/**
 * @param {string} folder
 * @returns {Count[]}
 */
export function countSessions(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) =>
    file.split(path.sep).join("/"),
  );
  return files.sort().flatMap((file) => {
    const [, format, count] = RULES.find(([pattern]) => pattern.test(file)) ?? [];
    if (format === undefined || count === undefined) return [];
    const [sessions, messages] = count(path.join(folder, file));
    return [{ path: file, format, sessions, messages }];
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error("usage: count-sessions.mjs FOLDER");
  const rows = countSessions(folder).map((row) => `  ${JSON.stringify(row)}`);
  process.stdout.write(`[\n${rows.join(",\n")}\n]\n`);
}
