import { FORMATS } from "./formats.js";
import type { FolderFormat, FormatName, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";

/** The one format that reads a file or a folder; or none, and why, as far as one can tell. */
export type Recognised =
  | { readonly format: SessionFormat; readonly reason: null; readonly candidates?: never }
  | {
      readonly format: null;
      readonly reason: string;
      /** The formats of which it bears the marks, when they are several. */
      readonly candidates: readonly FormatName[];
    };

/** Asks each format, by the file's first 64 KiB and its name. */
export async function recognise(file: SourceFile, wanted: FormatName | undefined): Promise<Recognised> {
  let reason: string | null = null;
  const found: SessionFormat[] = [];
  for (const format of FORMATS) {
    if (wanted !== undefined && format.name !== wanted) continue;
    const verdict = await format.recognise(file);
    if (verdict === "session") found.push(format);
    else if (verdict !== "unknown") reason ??= verdict.notASession;
  }
  const [format] = found;
  if (format !== undefined && found.length === 1) return { format, reason: null };
  const candidates = found.map(({ name }) => name);
  if (candidates.length > 1) {
    reason = `bears the marks of several formats (${candidates.join(", ")}); say which one it is`;
  }
  return { format: null, reason: reason ?? (await describe(file, wanted)), candidates };
}

/** The format for which a folder is one session, or one set of them; null for any other folder. */
export async function recogniseFolder(
  folder: string,
  wanted: FormatName | undefined,
): Promise<FolderFormat | null> {
  for (const format of FORMATS) {
    if (!readsFolders(format) || (wanted !== undefined && format.name !== wanted)) continue;
    if (await format.folder.recognise(folder)) return format;
  }
  return null;
}

function readsFolders(format: SessionFormat): format is FolderFormat {
  return format.folder !== undefined;
}

async function describe(file: SourceFile, wanted: FormatName | undefined): Promise<string> {
  if (file.sizeBytes === 0) return "is empty";
  if ((await file.start()).includes("\0")) return "is not a text file, so no session file";
  if (wanted !== undefined) return `does not bear the marks of ${wanted}`;
  return "is in no session format that is known";
}
