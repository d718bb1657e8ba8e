import type { JsonObject, JsonValue, UsageInput } from "@agent-sessions/core";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot } from "./new-snapshot.js";
import { parseForeignJson } from "./parse-foreign-json.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";

/**
 * `.port_sessions/<session_id>.json` of claw-code's Python port: an object with `session_id`, `messages` (texts, every one of the
 * user), `input_tokens` and `output_tokens`.
 *
 * | there | here |
 * |---|---|
 * | `session_id` | `id` |
 * | the file's stem, where it differs from `session_id` | `metadata.fileStem` |
 * | `messages[n]` | `{ role: "user", content }` |
 * | `input_tokens`, `output_tokens` | `usage.inputTokens`, `usage.outputTokens` |
 * | a token count that is no whole number (Python writes bare `NaN`) | `state.input_tokens`, `state.output_tokens`; usage 0 |
 * | any other key | `state`, under the same key |
 * | (no times) | the file's time of modification |
 *
 * @see https://github.com/ultraworkers/claw-code `src/session_store.py`
 */
export const clawPort: SessionFormat = {
  name: "claw-port",

  async recognise(file: SourceFile): Promise<Recognition> {
    const start = await file.start();
    // The marks are looked for in the text, not in parsed JSON, so that a truncated session is still known for what it is.
    const hasMarks =
      /^\uFEFF?\s*\{/.test(start) && /"session_id"\s*:/.test(start) && MESSAGES_OF_TEXT.test(start);
    return hasMarks ? "session" : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const document = parseForeignJson(await file.text());
    if (typeof document !== "object" || document === null || Array.isArray(document)) {
      throw new MalformedFileError("is not a JSON object");
    }
    const { session_id: id, messages, input_tokens, output_tokens, ...rest } = document as JsonObject;
    const texts = checkMessages(messages);
    if (typeof id !== "string") throw new MalformedFileError("has no session_id that is a text");
    const state: Record<string, JsonValue | undefined> = { ...rest };
    const usage: UsageInput = {
      inputTokens: countOrKeep("input_tokens", input_tokens, state),
      outputTokens: countOrKeep("output_tokens", output_tokens, state),
    };
    const at = file.modifiedAt;
    const snapshot = newSnapshot(
      {
        id,
        metadata: { source: "claw-port", ...(file.stem === id ? {} : { fileStem: file.stem }) },
        usage,
        state,
        createdAt: at,
        updatedAt: at,
      },
      texts.map((content) => ({ at, message: { role: "user", content } })),
    );
    yield { snapshot };
  },
};

/** Other tools' files have a `session_id` too, but their messages are objects. */
const MESSAGES_OF_TEXT = /"messages"\s*:\s*(?:\[\s*(?:[^{\s]|$)|[^[\s])/;

function checkMessages(messages: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(messages)) throw new MalformedFileError("has no array of messages");
  const odd = (messages as readonly JsonValue[]).findIndex((message) => typeof message !== "string");
  if (odd !== -1) throw new MalformedFileError(`messages[${odd}] is not a text`);
  return messages as readonly string[];
}

/** The count, or 0 with the value kept in `state` when it is no count. */
function countOrKeep(
  key: string,
  value: JsonValue | undefined,
  state: Record<string, JsonValue | undefined>,
): number {
  if (value === undefined) throw new MalformedFileError(`${key} is missing`);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  state[key] = value;
  return 0;
}
