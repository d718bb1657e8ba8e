import { SessionStoreError } from "@agent-sessions/core";
import { headerFields, LOG_FORMAT, type LogHeader } from "./log-record.js";
import { type LogScan, scanLog } from "./log-scan.js";
import type { LogSource } from "./log-source.js";
import type { LogState } from "./log-state.js";

/** Whose file it is, when that is known without reading it. */
export interface KnownSession {
  readonly namespace: string;
  readonly id: string;
}

/** What is left of a damaged log. */
export interface Salvage {
  readonly state: LogState;
  readonly scan: LogScan;
  /** Whether the header is a new one, because none could be read. */
  readonly isHeaderNew: boolean;
}

/**
 * Reads a log, passing over what cannot be read. A header that is missing or damaged says nothing that the file's name and its newest
 * head do not say as well. Null when nothing is left to go on from.
 *
 * @param known null when the name of the file is a hash, and only its header tells whose it is
 */
export async function salvage(source: LogSource, known: KnownSession | null): Promise<Salvage | null> {
  const size = source.file.size();
  const substitute = known === null ? null : newHeader(known, new Date(0).toISOString());
  let scan: LogScan;
  try {
    scan = await scanLog(source, size, { passOver: true, substitute });
  } catch (error) {
    if (SessionStoreError.is(error, "SESSION_CORRUPTED") || SessionStoreError.is(error, "STORE_INCOMPATIBLE"))
      return null;
    throw error;
  }
  const { head, footer, end, gap, isTorn } = scan;
  const isHeaderNew = scan.header === substitute;
  const header = isHeaderNew && known !== null ? newHeader(known, head.createdAt) : scan.header;
  return { scan, isHeaderNew, state: { header, head, footer, end, size, gap, isTorn, scan } };
}

function newHeader({ namespace, id }: KnownSession, createdAt: string): LogHeader {
  return { format: LOG_FORMAT, id, namespace, createdAt, fields: headerFields({ namespace, id }, createdAt) };
}
