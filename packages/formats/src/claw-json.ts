import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { CLAW_USAGE, clawFields, fromClawMessage, PromptClock } from "./claw-head.js";
import { memberOf } from "./json-object.js";
import { leftover } from "./leftover.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot } from "./new-snapshot.js";
import { parseForeignObject } from "./parse-foreign-json.js";
import { requiredArray } from "./required-member.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { TokenSum } from "./token-sum.js";

/**
 * `<id>.json` of claw-code's Rust program before it wrote logs: one object with `version` and `messages`. Everything goes where it goes
 * from `claw-jsonl`. The oldest files have no id and no times: the file's stem is the id, and the time in it or the file's own counts.
 *
 * @see https://github.com/ultraworkers/claw-code `rust/crates/runtime/src/session.rs`
 */
export const clawJson: SessionFormat = {
  name: "claw-json",

  async recognise(file: SourceFile): Promise<Recognition> {
    const document = await file.documentStart();
    const { messages, version } = document;
    if (!Array.isArray(messages) || "type" in document) return "unknown";
    const [first] = messages as readonly JsonValue[];
    const isOwn = first === undefined ? typeof version === "number" : memberOf(first, "blocks") !== undefined;
    return isOwn ? leftover(file, null, "") : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const document = parseForeignObject(await file.text());
    const { messages: _messages, ...header } = document;
    const tokens = new TokenSum();
    const clock = new PromptClock(header["prompt_history"]);
    const timed = requiredArray(document, "messages").map((item, index) => {
      const message: JsonObject | null = fromClawMessage(item);
      if (message === null) throw new MalformedFileError(`messages[${index}] has no known role or no blocks`);
      tokens.add(message["usage"], CLAW_USAGE);
      return { at: clock.at(message), message };
    });
    const fields = clawFields(file, header, tokens);
    yield { snapshot: newSnapshot(fields, timed), isDatedByFile: fields.isDatedByFile };
  },
};
