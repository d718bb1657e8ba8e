import type { SessionHead, SessionStore } from "@agent-sessions/core";
import type { CommandContext } from "./command-context.js";
import { confirmLoss } from "./confirm-loss.js";
import { count, nameOf } from "./describe-session.js";
import { oneLine } from "./terminal-text.js";

/**
 * Asks before a session loses all but its first `kept` messages; nothing where none would go. Gives the session as it was when that was
 * agreed to, whose revision keeps what is added meanwhile; null after a no.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS where there is no terminal to ask on
 * @throws {SessionNotFoundError} SESSION_NOT_FOUND
 */
export async function agreeToDrop(
  store: SessionStore,
  id: string,
  kept: number,
  context: CommandContext,
): Promise<SessionHead | null> {
  const head = await store.head(id);
  if (head.messageCount <= kept || (await confirmLoss(lossOf(head, kept), context))) return head;
  if (context.output.isJson) await context.output.document(head);
  return null;
}

function lossOf(head: SessionHead, kept: number): Parameters<typeof confirmLoss>[0] {
  const going = count(head.messageCount - kept, "message");
  const from = kept + 1;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["session", oneLine(head.id)],
    ["title", nameOf(head)],
    ["goes", `${going}: ${from === head.messageCount ? "" : `#${from} to `}#${head.messageCount}`],
    ["stays", count(kept, "message")],
  ];
  return {
    sessionId: head.id,
    doing: `Dropping messages of ${JSON.stringify(head.id)}`,
    question: `Drop ${going} for good?`,
    facts: facts.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(8)} ${value}`),
    unchanged: "Nothing was dropped.",
  };
}
