import type { SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { timeOfText } from "./foreign-time.js";
import { type ForeignValue, withSources } from "./foreign-value.js";
import {
  fileStemOf,
  headNotHeld,
  isFrom,
  type SessionWriter,
  UnwritableError,
  type WrittenForm,
} from "./session-writer.js";
import { writeYaml } from "./write-yaml.js";
import { isTypedScalar } from "./yaml-1-1-types.js";

/**
 * `<name>.yaml` as flowr writes it with PyYAML, byte for byte where the session came from such a file. It holds no messages.
 *
 * @see flowr.ts for the mapping
 */
export const flowrWriter: SessionWriter = {
  async form({ head }: SessionSnapshot): Promise<WrittenForm> {
    const { flow, state } = head.state;
    if (typeof flow !== "string" || typeof state !== "string") {
      throw new UnwritableError("its state has no flow and no state in it, so it is no session in a flow");
    }
    const holds = { title: head.title === head.id, metadata: ["flow"], state: null };
    return {
      path: `${fileStemOf(head)}.yaml`,
      content: [writeYaml(document(head))],
      notHeld: [...headNotHeld(head, holds), ...(head.messageCount > 0 ? ["messages"] : [])],
    };
  },
};

function document(head: SessionHead): { readonly [key: string]: ForeignValue | undefined } {
  const isOwn = isFrom(head, "flowr");
  // Only what reads back as something else than a text may stand unquoted.
  const written = withSources(head.state, (source) => (isTypedScalar(source) ? source : null));
  const { created_at, updated_at, name, ...rest } = written;
  return {
    ...(isOwn ? {} : { params: {}, stack: [] }),
    ...rest,
    name: head.state["name"] === head.id || (isOwn && name === undefined) ? name : head.id,
    created_at: time(created_at, head.state["created_at"], head.createdAt, isOwn),
    updated_at: time(updated_at, head.state["updated_at"], head.updatedAt, isOwn),
  };
}

/** The time that was written, as long as it is still the session's; else that of the session, as Python's `isoformat` gives it. */
function time(
  written: ForeignValue | undefined,
  text: unknown,
  iso: string,
  isOwn: boolean,
): ForeignValue | undefined {
  if (text === undefined && isOwn) return undefined;
  if (typeof text === "string" && timeOfText(text) === iso) return written;
  return `${iso.slice(0, -1)}000+00:00`;
}
