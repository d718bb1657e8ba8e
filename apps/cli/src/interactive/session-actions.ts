import path from "node:path";
import { type SessionStore, type SessionSummary, snapshotOf } from "@agent-sessions/core";
import { nameOf } from "../describe-session.js";
import { oneLine } from "../terminal-text.js";
import { writeNewFile } from "../write-new-file.js";

/** What a key did. */
export interface ActionResult {
  readonly said: string;
  /** The session that is chosen afterwards. */
  readonly id: string;
}

type Action = (store: SessionStore, session: SessionSummary) => Promise<ActionResult>;

const pin: Action = async (store, { id }) => {
  // What is shown may be old: the present mark is turned round.
  const head = await store.update(id, ({ pinned }) => ({ pinned: !pinned }));
  return { id, said: `${head.pinned ? "Pinned" : "Unpinned"}: ${nameOf(head)}` };
};

const archive: Action = async (store, { id }) => {
  const head = await store.update(id, ({ archived }) => ({ archived: !archived }));
  return { id, said: `${head.archived ? "Archived" : "Brought back from the archive"}: ${nameOf(head)}` };
};

const fork: Action = async (store, { id }) => {
  const head = await store.fork(id);
  return { id: head.id, said: `Forked as ${oneLine(head.id)}` };
};

const exportSession: Action = async (store, { id }) => {
  const { writeArchive } = await import("@agent-sessions/formats");
  // An id may hold what no file name can.
  const file = path.resolve(`${encodeURIComponent(id)}.jsonl`);
  await writeNewFile(file, writeArchive([await snapshotOf(store, id)]));
  return { id, said: `Exported to ${oneLine(file)}` };
};

/** By the key that is pressed together with Ctrl. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["p", pin],
  ["a", archive],
  ["f", fork],
  ["e", exportSession],
]);
