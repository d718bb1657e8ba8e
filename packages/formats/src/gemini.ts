import type { JsonObject } from "@agent-sessions/core";
import { ForeignFields } from "./foreign-fields.js";
import { latest, timeOfText } from "./foreign-time.js";
import { leftover } from "./leftover.js";
import { newSnapshot, sourceFacts } from "./new-snapshot.js";
import { parseForeignObject } from "./parse-foreign-json.js";
import { requiredObjects } from "./required-member.js";
import { datesOf } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { COUNTERS, TokenSum } from "./token-sum.js";

/**
 * `~/.gemini/tmp/<project hash>/chats/session-<time>-<id>.json` of Gemini CLI. Several files can be snapshots of one session as it grew:
 * they bear the same id.
 *
 * | there | here |
 * |---|---|
 * | `sessionId` | `id` |
 * | `startTime`, `lastUpdated` | `createdAt`, `updatedAt` |
 * | `messages[n]` | the message, all its fields |
 * | its `type` | `role` too: `gemini` is `assistant`, `user` is `user`, all others (`info`, `warning`, …) are `system` |
 * | its `timestamp` | the entry's `at` too |
 * | its `tokens`, added up | `usage` |
 * | the last message's `model` | `metadata.model` |
 * | every other key | `state`, under the same key |
 *
 * @see https://github.com/google-gemini/gemini-cli `packages/core/src/services/chatRecordingService.ts`
 */
export const gemini: SessionFormat = {
  name: "gemini",

  async recognise(file: SourceFile): Promise<Recognition> {
    const document = await file.documentStart();
    const isOwn =
      "sessionId" in document &&
      ("projectHash" in document || "messages" in document) &&
      !("type" in document);
    return isOwn ? leftover(file, null, "") : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const document = parseForeignObject(await file.text());
    const { messages: _messages, ...head } = document;
    const fields = new ForeignFields(head);
    const id = fields.requiredText("sessionId");
    const tokens = new TokenSum();
    let model: string | undefined;
    const timed = requiredObjects(document, "messages").map((message) => {
      tokens.add(message["tokens"], USAGE);
      if (typeof message["model"] === "string")
        model = message["model"].toWellFormed().slice(0, 512).toWellFormed();
      return { at: timeOfText(message["timestamp"]), message: { role: roleOf(message), ...message } };
    });
    const same = (iso: string): string => iso;
    const startedAt = fields.time("startTime", timeOfText, same) ?? timed[0]?.at ?? null;
    const updatedAt = latest(fields.time("lastUpdated", timeOfText, same), ...timed.map(({ at }) => at));
    const dates = datesOf(file, startedAt, updatedAt);
    const snapshot = newSnapshot(
      {
        id,
        metadata: { ...sourceFacts("gemini", id, file.stem), model },
        usage: tokens.usage,
        state: fields.rest,
        ...dates,
      },
      timed,
    );
    yield { snapshot, isDatedByFile: dates.isDatedByFile };
  },
};

const USAGE = {
  input: COUNTERS.input,
  output: COUNTERS.output,
  cached: COUNTERS.cacheRead,
  thoughts: COUNTERS.reasoning,
  tool: COUNTERS.tool,
};

function roleOf({ type }: JsonObject): string {
  if (type === "gemini") return "assistant";
  return type === "user" ? "user" : "system";
}
