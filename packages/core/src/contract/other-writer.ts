import type { SessionStore } from "../session-store.js";
import { same } from "./assertions.js";
import type { ChildCall, ChildOutcome } from "./child-store.js";
import type { ClauseContext } from "./clause.js";
import { eventLoopTurn } from "./event-loop-turn.js";

/** Somebody else who writes to the same data: another process where there can be one, otherwise another handle. */
export type OtherWriter = (calls: readonly ChildCall[]) => Promise<void>;

export async function openOtherWriter({
  capabilities,
  open,
  openElsewhere,
}: ClauseContext): Promise<OtherWriter> {
  if (capabilities.multiProcess) {
    const child = await openElsewhere("process");
    return async (calls) => expectDone((await child.call(calls)).map(codeOfChild));
  }
  const store = await open();
  return async (calls) => {
    for (const { method, args } of calls) {
      await Reflect.apply(methodOf(store, method), store, args);
      // Readers get their turn between any two writes, as they do beside another process.
      await eventLoopTurn();
    }
  };
}

/** How a call in a child ended: "resolved", the code, or the text of an error that carries none. */
export function codeOfChild(outcome: ChildOutcome): string {
  return "value" in outcome ? "resolved" : (outcome.error.code ?? outcome.error.message);
}

function expectDone(codes: readonly string[]): void {
  same(
    codes,
    codes.map(() => "resolved"),
    "how the calls of another process end",
  );
}

function methodOf(store: SessionStore, method: string): (...args: unknown[]) => Promise<unknown> {
  return Reflect.get(store, method) as (...args: unknown[]) => Promise<unknown>;
}
