import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { isObject } from "./json-object.js";
import { leftover } from "./leftover.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, sourceFacts } from "./new-snapshot.js";
import { parseForeignObject } from "./parse-foreign-json.js";
import { requiredArray } from "./required-member.js";
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
 * | (no times) | the file's time of modification: the snapshot is dated by the file |
 *
 * @see https://github.com/ultraworkers/claw-code `src/session_store.py`
 */
export const clawPort: SessionFormat = {
  name: "claw-port",

  async recognise(file: SourceFile): Promise<Recognition> {
    const document = await file.documentStart();
    if (!("session_id" in document && "messages" in document)) return "unknown";
    const { messages } = document;
    const [first] = Array.isArray(messages) ? (messages as readonly JsonValue[]) : [];
    const isOwn = first === undefined ? !OTHERS_KEYS.some((key) => key in document) : !isObject(first);
    return isOwn ? leftover(file, null, "") : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const document = parseForeignObject(await file.text());
    const { messages: _messages, ...head } = document;
    const texts = textsIn(document);
    for (const key of ["input_tokens", "output_tokens"]) {
      if (!(key in head)) throw new MalformedFileError(`${key} is missing`);
    }
    const fields = new ForeignFields(head);
    const id = fields.requiredText("session_id");
    const usage = { inputTokens: fields.count("input_tokens"), outputTokens: fields.count("output_tokens") };
    const snapshot = newSnapshot(
      {
        id,
        metadata: sourceFacts("claw-port", id, file.stem),
        usage: { inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 },
        state: fields.rest,
        createdAt: file.modifiedAt,
        updatedAt: file.modifiedAt,
      },
      texts.map((content) => ({ at: null, message: { role: "user", content } })),
    );
    yield { snapshot, isDatedByFile: true };
  },
};

/** Of other tools whose sessions have a `session_id` and messages too; theirs are objects, which no messages do not show. */
const OTHERS_KEYS = ["title", "created_at", "workspace", "version", "session_start"];

function textsIn(document: JsonObject): readonly string[] {
  return requiredArray(document, "messages").map((message, index) => {
    if (typeof message === "string") return message;
    throw new MalformedFileError(`messages[${index}] is not a text`);
  });
}
