#!/usr/bin/env node
/**
 * Reads a folder of other tools' real files with this package, as it was built, and holds what comes out against the committed table
 * `session-counts.json`, which was counted without it. Exits with 1 when a count differs, a file is missing on either side, or
 * something that should be a session is reported instead.
 *
 *     node scripts/check-counts.mjs FOLDER
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { readSessions } from "../dist/index.js";
import { countSessions } from "./count-sessions.mjs";

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("usage: check-counts.mjs FOLDER");

/** @type {import("./count-sessions.mjs").Count[]} */
const committed = JSON.parse(readFileSync(new URL("session-counts.json", import.meta.url), "utf8"));
/** @type {Map<string, { format: string, sessions: number, messages: number }>} */
const read = new Map();
let passedOver = 0;
/** @type {string[]} */
const problems = [];

for await (const item of readSessions(folder)) {
  const where = path.relative(folder, item.path).split(path.sep).join("/");
  if (item.kind === "unreadable") {
    passedOver++;
    if (item.fault !== "not-a-session") problems.push(`${where}: ${item.fault}: ${item.reason}`);
    continue;
  }
  let messages = 0;
  for await (const _entry of item.snapshot.entries) messages++;
  const key = keyOf(where, item.format, item.snapshot.head.id);
  const before = read.get(key) ?? { format: item.format, sessions: 0, messages: 0 };
  read.set(key, { format: item.format, sessions: before.sessions + 1, messages: before.messages + messages });
}

/**
 * Sessions that are folders are counted by one of their files.
 *
 * @param {string} where
 * @param {string} format
 * @param {string} id
 */
function keyOf(where, format, id) {
  if (format === "registry-review") return `${where}/session.json`;
  if (format !== "opencode" || where.endsWith(".json")) return where;
  return (
    committed.find((row) => row.path.startsWith(where) && row.path.endsWith(`/${id}.json`))?.path ?? where
  );
}

if (JSON.stringify(countSessions(folder)) !== JSON.stringify(committed)) {
  problems.push("the folder does not hold the files that the table was counted from");
}
for (const { path: where, ...row } of committed) {
  const got = read.get(where);
  read.delete(where);
  if (JSON.stringify(got) !== JSON.stringify(row)) {
    problems.push(`${where}: the table has ${JSON.stringify(row)}, and was read ${JSON.stringify(got)}`);
  }
}
for (const [where, row] of read)
  problems.push(`${where}: read ${JSON.stringify(row)}, and is not in the table`);

const sum = (/** @type {"sessions" | "messages"} */ key) =>
  committed.reduce((total, row) => total + row[key], 0);
process.stdout.write(
  `${sum("sessions")} sessions with ${sum("messages")} messages; ${passedOver} other files told\n`,
);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
