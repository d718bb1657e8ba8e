import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import type { WritableFormat } from "@agent-sessions/formats";

/** What `export` was told on the command line. */
export type ExportOptions = {
  readonly all?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly redact?: boolean;
  readonly gzip?: boolean;
  readonly progress?: boolean;
};

/** What it comes to: an archive or a page, in a new file or (null) to stdout; or files in a folder. */
export type ExportPlan =
  | { readonly kind: "archive"; readonly file: string | null; readonly isZipped: boolean }
  | { readonly kind: "page"; readonly format: "html" | "markdown"; readonly file: string | null }
  | { readonly kind: "files"; readonly format: WritableFormat; readonly folder: string };

/** As everywhere on a command line. */
const STDOUT = "-";
const ARCHIVE_NAMES = ["archive", "agent-sessions"];
const PAGE_EXTENSIONS = { html: [".html", ".htm"], markdown: [".md", ".markdown"] } as const;

/**
 * @param named how many sessions were named
 * @param isTerminal whether stdout is one
 * @throws {InvalidInputError} INVALID_OPTIONS for what contradicts itself
 */
export function exportPlan(
  options: ExportOptions,
  named: number,
  formats: readonly WritableFormat[],
  isTerminal: boolean,
): ExportPlan {
  const { all, format = "archive", gzip } = options;
  const output = options.output === STDOUT ? undefined : options.output;
  const file = output ?? null;
  if (named > 0 === (all === true)) {
    throw invalid("It is not clear which sessions are meant. Name their ids, or say --all.", "id");
  }
  if (ARCHIVE_NAMES.includes(format)) {
    const isZipped = gzip === true || output?.endsWith(".gz") === true;
    if (isZipped && output === undefined && isTerminal) {
      throw invalid("Compressed data means nothing on a terminal. Name a file with --output.", "--gzip");
    }
    return { kind: "archive", file, isZipped };
  }
  const writable = formats.find((name) => name === format);
  if (writable === undefined) {
    const names = ["archive", ...formats].join(", ");
    throw invalid(
      `There is no format ${JSON.stringify(format)} to write. The formats are ${names}.`,
      "--format",
    );
  }
  if (gzip === true)
    throw invalid("Only an archive can be compressed. Leave --gzip or --format out.", "--gzip");
  if (writable !== "html" && writable !== "markdown")
    return { kind: "files", format: writable, folder: folderOf(output) };
  const extensions: readonly string[] = PAGE_EXTENSIONS[writable];
  const isFile = output !== undefined && extensions.includes(path.extname(output).toLowerCase());
  if (named === 1 && (output === undefined || isFile)) return { kind: "page", format: writable, file };
  if (isFile) {
    const problem = `${JSON.stringify(output)} is the name of one page, and there is a page for each session. Name a folder, or one session alone.`;
    throw invalid(problem, "--output");
  }
  return { kind: "files", format: writable, folder: folderOf(output) };
}

function folderOf(output: string | undefined): string {
  if (output !== undefined) return output;
  throw invalid("These files need a folder. Name it with --output.", "--output");
}

function invalid(message: string, place: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", message, { path: place });
}
