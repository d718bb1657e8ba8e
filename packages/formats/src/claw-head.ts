import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { latest, msOf, timeOfMs } from "./foreign-time.js";
import { isObject, memberOf } from "./json-object.js";
import { type SnapshotFields, sourceFacts } from "./new-snapshot.js";
import { datesOf, type SessionDates } from "./session-dates.js";
import type { SourceFile } from "./source-file.js";
import { COUNTERS, type CounterNames, type TokenSum } from "./token-sum.js";

/** The token counts of a claw message. */
export const CLAW_USAGE: CounterNames = {
  input_tokens: COUNTERS.input,
  output_tokens: COUNTERS.output,
  cache_creation_input_tokens: COUNTERS.cacheWrite,
  cache_read_input_tokens: COUNTERS.cacheRead,
};

/** The roles that claw knows. */
export const CLAW_ROLES: ReadonlySet<string> = new Set(["system", "user", "assistant", "tool"]);

/**
 * What claw-code says about a session, in the first line of a log or around the messages of a JSON document.
 *
 * @param header everything but the messages, `prompt_history` among it
 */
export function clawFields(
  file: SourceFile,
  header: JsonObject,
  tokens: TokenSum,
): SnapshotFields & SessionDates {
  const fields = new ForeignFields(header);
  const id = fields.text("session_id") ?? file.stem;
  const { fork } = header;
  const parentId = memberOf(fork, "parent_session_id");
  const created = fields.time("created_at_ms", timeOfMs, msOf) ?? timeInId(id) ?? timeInId(file.stem);
  const written = fields.time("updated_at_ms", timeOfMs, msOf);
  const prompts = promptTimes(header["prompt_history"]);
  // The line that holds updated_at_ms is not rewritten when messages are added.
  const updated = latest(written, prompts.at(-1)?.at ?? null);
  return {
    id,
    metadata: {
      ...sourceFacts("claw", id, file.stem),
      model: fields.fact("model"),
      cwd: fields.fact("workspace_root"),
    },
    usage: tokens.usage,
    parentId: typeof parentId === "string" ? parentId.toWellFormed() : null,
    state: fields.rest,
    ...datesOf(file, created, updated),
  };
}

/** A prompt that the user typed, and when. */
interface Prompt {
  readonly text: JsonValue | undefined;
  readonly at: string | null;
}

function promptTimes(history: JsonValue | undefined): readonly Prompt[] {
  if (!Array.isArray(history)) return [];
  return (history as readonly JsonValue[]).map((prompt) => ({
    text: memberOf(prompt, "text"),
    at: timeOfMs(memberOf(prompt, "timestamp_ms")),
  }));
}

/** Messages have no times, but the prompts do: a user's text that is the next prompt was sent when the prompt was typed. */
export class PromptClock {
  readonly #prompts: readonly Prompt[];
  #next = 0;

  constructor(history: JsonValue | undefined) {
    this.#prompts = promptTimes(history);
  }

  at(message: JsonObject): string | null {
    if (message["role"] !== "user" || !Array.isArray(message["content"])) return null;
    const [block] = message["content"] as readonly JsonValue[];
    const text = memberOf(block, "text");
    const found = this.#prompts.findIndex((prompt, index) => index >= this.#next && prompt.text === text);
    if (found === -1) return null;
    this.#next = found + 1;
    return this.#prompts[found]?.at ?? null;
  }
}

/** A claw message as ours: its `blocks` are our `content`. Null for what is no message. */
export function fromClawMessage(message: JsonValue | undefined): JsonObject | null {
  if (!isObject(message) || !CLAW_ROLES.has(String(message["role"]))) return null;
  const { role, blocks, ...rest } = message;
  return Array.isArray(blocks) ? { role, content: blocks, ...rest } : null;
}

/** The time in an id such as `session-1775386842352-0`. */
function timeInId(id: string): string | null {
  const [, ms] = /^session-(\d{13})(?:-|$)/.exec(id) ?? [];
  return ms === undefined ? null : timeOfMs(Number(ms));
}
