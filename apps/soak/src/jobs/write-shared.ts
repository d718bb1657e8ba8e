import type { Job } from "../job.js";
import { messageOf } from "../texts.js";

export interface WriteSharedParameters {
  readonly writer: string;
  /** It appends to these by turns, so that several writers meet in each. */
  readonly sessions: readonly string[];
  readonly appends: number;
}

/** Appends its numbers, from 1 on, each told before and after. */
export const writeShared: Job<WriteSharedParameters, void> = async ({ store, tell }, parameters) => {
  const { writer, sessions, appends } = parameters;
  for (let number = 1; number <= appends; number++) {
    const session = sessions[number % sessions.length] ?? "";
    await tell({ intent: { shared: { session, number } } });
    await store.append(session, messageOf(sharedItem(writer, number)), {
      operationId: `${writer}.${number}`,
      createIfMissing: true,
    });
    await tell({ acknowledged: true });
  }
};

export function sharedItem(writer: string, number: number): { tag: string; fill: number } {
  return { tag: `${writer}.${number}`, fill: number % 97 === 0 ? 3000 : number % 5 };
}
