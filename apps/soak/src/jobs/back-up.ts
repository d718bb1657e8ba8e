import { rm } from "node:fs/promises";
import type { ProcessOpener } from "@agent-sessions/core/contract";
import type { Job } from "../job.js";
import { steadyFault } from "../steady-session.js";

export interface BackUpParameters {
  /** Where the copies go, and how each is opened. */
  readonly copies: readonly { readonly target: string; readonly opener: ProcessOpener }[];
  readonly steady: readonly string[];
}

/** Backs the store up again and again: each copy opens, is sound, and holds each session as it was at one moment. */
export const backUp: Job<BackUpParameters, { backups: number; wrong: string[] }> = async (
  { store, open, isStopped },
  { copies, steady },
) => {
  const wrong: string[] = [];
  let backups = 0;
  for (const { target, opener } of copies) {
    if (isStopped()) break;
    const before = new Map<string, number>();
    for (const id of steady) before.set(id, (await store.head(id)).messageCount);
    await store.backup(target);
    const copy = await open(opener);
    for await (const { fault, message } of copy.verify()) wrong.push(`the copy: ${fault}: ${message}`);
    for (const id of steady) {
      const { messages } = await copy.load(id);
      const fault = steadyFault(messages);
      if (fault !== null) wrong.push(`the copy of ${id}: ${fault}`);
      if (messages.length < (before.get(id) ?? 0))
        wrong.push(`the copy of ${id} lacks what was there before`);
    }
    await copy.close();
    if (wrong.length > 0) break;
    await rm(target, { recursive: true });
    backups++;
  }
  return { backups, wrong };
};
