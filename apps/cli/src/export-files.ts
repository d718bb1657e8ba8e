import type { SessionSnapshot } from "@agent-sessions/core";
import { type WritableFormat, type WriteSessionsOptions, writeSessions } from "@agent-sessions/formats";

/** What `export --format` did. */
export interface FilesReport {
  readonly format: WritableFormat;
  readonly folder: string;
  readonly written: readonly WrittenFile[];
  /** Sessions that the format cannot hold, or whose file exists already. */
  readonly unwritable: readonly { readonly id: string; readonly reason: string }[];
}

interface WrittenFile {
  readonly id: string;
  readonly path: string;
  /** What of the session the format has no place for. */
  readonly notHeld: readonly string[];
}

/** Writes sessions as files of another tool, or as pages. @throws as `writeSessions` does */
export async function exportFiles(
  snapshots: AsyncIterable<SessionSnapshot>,
  options: WriteSessionsOptions,
): Promise<FilesReport> {
  const written: WrittenFile[] = [];
  const unwritable: { id: string; reason: string }[] = [];
  for await (const result of writeSessions(snapshots, options)) {
    const { id } = result;
    if (result.kind === "written") written.push({ id, path: result.path, notHeld: result.notHeld });
    else unwritable.push({ id, reason: result.reason });
  }
  return { format: options.format, folder: options.folder, written, unwritable };
}
