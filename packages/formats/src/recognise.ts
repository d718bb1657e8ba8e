import { FORMATS } from "./formats.js";
import type { SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";

/** The format that reads a file; or none, and why, as far as one can tell. */
export type Recognised =
  | { readonly format: SessionFormat; readonly reason: null }
  | { readonly format: null; readonly reason: string };

/** Asks each format in turn, by the file's name and its first 64 KiB. */
export async function recognise(file: SourceFile): Promise<Recognised> {
  let reason: string | null = null;
  for (const format of FORMATS) {
    const verdict = await format.recognise(file);
    if (verdict === "session") return { format, reason: null };
    if (verdict !== "unknown") reason ??= verdict.notASession;
  }
  return { format: null, reason: reason ?? (await describe(file)) };
}

async function describe(file: SourceFile): Promise<string> {
  if (file.sizeBytes === 0) return "is empty";
  if ((await file.start()).includes("\0")) return "is not a text file, so no session file";
  return `is in no session format that is known (${FORMATS.map(({ name }) => name).join(", ")})`;
}
