import type { SessionSnapshot } from "@agent-sessions/core";
import { type ForeignValue, withSources } from "./foreign-value.js";
import {
  countersBut,
  fileStemOf,
  headNotHeld,
  isFrom,
  messagesOf,
  type SessionWriter,
  UnwritableError,
  type WrittenForm,
} from "./session-writer.js";
import { writeForeignJson } from "./write-foreign-json.js";

/**
 * `<id>.json` as claw-code's Python port writes it: `json.dumps(…, indent=2)`. It holds nothing but texts of the user.
 *
 * @see claw-port.ts for the mapping
 */
export const clawPortWriter: SessionWriter = {
  async form(snapshot: SessionSnapshot): Promise<WrittenForm> {
    const { head } = snapshot;
    const stem = fileStemOf(head);
    const entries = await messagesOf(snapshot);
    const messages = entries.map(({ seq, message }): ForeignValue => {
      const { role, content, ...others } = withSources(message);
      const isText = typeof content === "string" || typeof message.content === "string";
      if (role === "user" && isText && content !== undefined && Object.keys(others).length === 0)
        return content;
      throw new UnwritableError(
        `its message ${seq} is not a text of the user, and claw-port holds nothing else`,
      );
    });
    const isOwn = isFrom(head, "claw-port");
    // What came in is dated by its file alone.
    const isDated = !isOwn || head.updatedAt !== head.createdAt;
    const { input_tokens, output_tokens, ...rest } = isOwn ? withSources(head.state) : {};
    const document = {
      session_id: head.id,
      messages,
      input_tokens: input_tokens ?? head.usage.inputTokens,
      output_tokens: output_tokens ?? head.usage.outputTokens,
      ...rest,
    };
    return {
      path: `${stem}.json`,
      content: [writeForeignJson(document, { indent: 2, isAscii: true, isSorted: false })],
      notHeld: [
        ...headNotHeld(head, { usage: true, metadata: [], state: isOwn ? null : [] }),
        ...countersBut(head, ["inputTokens", "outputTokens"]),
        ...(isDated ? ["createdAt", "updatedAt"] : []),
        ...(entries.some(({ at }) => at !== head.createdAt) ? ["entries.at"] : []),
      ],
    };
  },
};
