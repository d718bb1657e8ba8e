import type { RecordCodec } from "./record-codec.js";

/** What a store takes up. Sizes are the lengths of its files, in bytes. */
export interface StorageFigures {
  /** Session files of all namespaces, readable or not. */
  readonly sessions: number;
  /** Messages of the sessions that can be read. */
  readonly messages: number;
  readonly bytes: {
    /** Session files. */
    readonly data: number;
    readonly index: number;
    /** A write-ahead log: files have none, so always 0. */
    readonly wal: number;
    /** What the next writer or `repair` removes: files that writers were stopped over, or are writing now. */
    readonly free: number;
    /** What was set aside and is kept: torn ends and damaged files. */
    readonly setAside: number;
    /** Everything else in the folder, somebody else's files too. */
    readonly other: number;
  };
}

/**
 * Counts what lies in a store's folder, for people who ask where the space went. Reads the end of each session, and all of one that was
 * edited by hand since it was last written to; writes nothing, takes no lock, and gives zeros for a folder that is not there.
 *
 * @throws {StoreIoError} STORE_IO for a folder that cannot be looked into
 */
export async function storageFiguresWith(codec: RecordCodec, path: string): Promise<StorageFigures> {
  const { countStorage } = await import("./maintenance.js");
  return await countStorage(codec, path);
}
