import path from "node:path";
import { describe, expect, it } from "vitest";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll } from "./read-all.js";
import { SINGLE_FILES } from "./samples.js";

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Adds a field that no format knows to every object of a document; returns how many. */
function mark(value: unknown, count = { fields: 0 }): number {
  if (Array.isArray(value)) for (const item of value) mark(item, count);
  if (!isObject(value)) return count.fields;
  for (const item of Object.values(value)) mark(item, count);
  value["zz_unknown"] = { note: [`kept ${count.fields++}!`] };
  return count.fields;
}

describe("fields that no format knows are kept, wherever they stand", () => {
  it.each(SINGLE_FILES.filter(({ format }) => format !== "flowr"))("$format", async ({ name, text }) => {
    const isLog = name.endsWith(".jsonl");
    const documents: unknown[] = (isLog ? text.trimEnd().split("\n") : [text]).map(
      (one) => JSON.parse(one) as unknown,
    );
    const fields = mark(documents);
    const written = isLog
      ? documents.map((one) => JSON.stringify(one)).join("\n")
      : JSON.stringify(documents[0]);
    const folder = await fixtureFolder({ [name]: written });
    const { sessions, unreadable } = await readAll(path.join(folder, name));
    expect(unreadable).toEqual([]);
    const kept = JSON.stringify(sessions);
    for (let field = 0; field < fields; field++) expect(kept).toContain(`kept ${field}!`);
  });
});
