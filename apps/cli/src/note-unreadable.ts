import type { SessionFilter, SessionStore } from "@agent-sessions/core";
import { count } from "./describe-session.js";
import type { Output } from "./output.js";

/**
 * Says on stderr how many sessions cannot be read, with `--json` as a JSON line, for a command that had to pass over them: without that,
 * nothing found reads as nothing there. Gives their number.
 */
export async function noteUnreadable(
  store: SessionStore,
  filter: SessionFilter,
  output: Output,
): Promise<number> {
  const { unreadableCount } = await store.list({ ...filter, limit: 1 });
  if (unreadableCount > 0) {
    const what = `${count(unreadableCount, "session")} cannot be read and ${unreadableCount === 1 ? "was" : "were"} passed over`;
    const text = `${output.colors.red("unreadable")} ${what}; agent-sessions verify names what is wrong.`;
    await output.progress(text, { unreadable: unreadableCount });
  }
  return unreadableCount;
}
