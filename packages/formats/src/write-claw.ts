import type {
  Entry,
  JsonObject,
  JsonValue,
  Message,
  SessionHead,
  SessionSnapshot,
} from "@agent-sessions/core";
import { CLAW_ROLES, PromptClock } from "./claw-head.js";
import { EntryClock, msOf } from "./foreign-time.js";
import { type ForeignValue, VERBATIM, withSources } from "./foreign-value.js";
import { isObject } from "./json-object.js";
import {
  fileStemOf,
  headNotHeld,
  isFrom,
  messagesOf,
  type SessionWriter,
  UnwritableError,
  type WrittenForm,
  without,
} from "./session-writer.js";
import { writeForeignJson } from "./write-foreign-json.js";

/**
 * `<id>.jsonl` as claw-code's Rust program writes a snapshot: the meta line, the compaction, the prompts, the messages; keys sorted.
 *
 * @see claw-jsonl.ts for the mapping
 */
export const clawJsonlWriter: SessionWriter = {
  async form(snapshot: SessionSnapshot): Promise<WrittenForm> {
    const { head } = snapshot;
    const stem = fileStemOf(head);
    const notHeld = clawNotHeld(head);
    return { path: `${stem}.jsonl`, content: lines(snapshot, notHeld), notHeld };
  },
};

/** `<id>.json` as it wrote sessions before that: one object, keys sorted. */
export const clawJsonWriter: SessionWriter = {
  async form(snapshot: SessionSnapshot): Promise<WrittenForm> {
    const { head } = snapshot;
    const stem = fileStemOf(head);
    const notHeld = clawNotHeld(head);
    const { meta, compaction, prompts } = headerOf(head);
    const times = new TimeLoss(head, notHeld);
    const messages = (await messagesOf(snapshot)).map((entry) => {
      times.look(entry);
      const { $record, ...message } = clawMessage(entry);
      if ($record !== undefined) noteOnce(notHeld, "messages.$record");
      return message;
    });
    const document = {
      ...meta,
      ...(compaction === undefined ? {} : { compaction }),
      ...(prompts === undefined ? {} : { prompt_history: prompts }),
      messages,
    };
    return { path: `${stem}.json`, content: [writeForeignJson(document, STYLE)], notHeld };
  },
};

const STYLE = { indent: 0, isAscii: false, isSorted: true };

type ForeignObject = { readonly [key: string]: ForeignValue | undefined };

async function* lines(snapshot: SessionSnapshot, notHeld: string[]): AsyncGenerator<string> {
  const { meta, compaction, prompts } = headerOf(snapshot.head);
  yield line({ ...meta, type: "session_meta" });
  if (isPlain(compaction)) yield line({ ...compaction, type: "compaction" });
  for (const prompt of Array.isArray(prompts) ? (prompts as readonly ForeignValue[]) : []) {
    if (isPlain(prompt)) yield line({ ...prompt, type: "prompt_history" });
  }
  const times = new TimeLoss(snapshot.head, notHeld);
  const isOwn = isFrom(snapshot.head, "claw");
  for await (const entry of snapshot.entries) {
    times.look(entry);
    const { $record, ...message } = clawMessage(entry);
    if ($record !== undefined && !isOwn) noteOnce(notHeld, "messages.$record");
    yield line({ ...(isOwn && isPlain($record) ? $record : {}), message, type: "message" });
  }
}

function line(record: ForeignObject): string {
  return `${writeForeignJson(record, STYLE)}\n`;
}

function isPlain(value: ForeignValue | undefined): value is ForeignObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Held by the head, or records of their own. */
const OWN_STATE = ["compaction", "prompt_history", "fork", "version", "created_at_ms", "updated_at_ms"];

function clawNotHeld(head: SessionHead): string[] {
  const isOwn = isFrom(head, "claw");
  const notHeld = headNotHeld(head, {
    parent: true,
    usage: true,
    metadata: ["model", "cwd"],
    state: isOwn ? Object.keys(head.state).filter((key) => key !== "$records") : OWN_STATE,
  });
  return notHeld;
}

function headerOf(head: SessionHead): {
  readonly meta: ForeignObject;
  readonly compaction: ForeignValue | undefined;
  readonly prompts: ForeignValue | undefined;
} {
  const state = isFrom(head, "claw") ? without(head.state, ["$records"]) : onlyOwn(head.state);
  const { compaction, prompt_history, fork, ...rest } = withSources(state);
  const { model, cwd } = head.metadata;
  const lineage =
    head.parent === null ? {} : { ...(isPlain(fork) ? fork : {}), parent_session_id: head.parent.id };
  return {
    compaction,
    prompts: prompt_history,
    meta: {
      created_at_ms: msOf(head.createdAt),
      updated_at_ms: msOf(head.updatedAt),
      ...rest,
      ...(typeof rest["version"] === "number" ? {} : { version: 1 }),
      ...(head.parent === null ? { fork } : { fork: lineage }),
      ...(typeof model === "string" ? { model } : {}),
      ...(typeof cwd === "string" ? { workspace_root: cwd } : {}),
      session_id: head.id,
    },
  };
}

function onlyOwn(state: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(state).filter(([key]) => OWN_STATE.includes(key) || key === VERBATIM),
  );
}

/** Which texts a block of each type must have, in claw's own reader. */
const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  text: ["text"],
  thinking: ["thinking"],
  tool_use: ["id", "name", "input"],
  tool_result: ["tool_use_id", "tool_name", "output"],
};

function clawMessage({ seq, message }: Entry<Message>): ForeignObject {
  const { role, content } = message;
  if (typeof role !== "string" || !CLAW_ROLES.has(role)) {
    throw new UnwritableError(
      `its message ${seq} has the role ${JSON.stringify(role)}, which claw does not know`,
    );
  }
  const isText = typeof content === "string";
  const blocks = isText ? [] : content;
  const odd = Array.isArray(blocks)
    ? (blocks as readonly JsonValue[]).find((block) => !isBlock(block))
    : content;
  if (odd !== undefined)
    throw new UnwritableError(`its message ${seq} holds content that is none of claw's blocks`);
  const { content: sources, ...others } = withSources(message);
  return { ...others, blocks: isText ? [{ text: sources, type: "text" }] : sources };
}

function isBlock(block: JsonValue): boolean {
  if (!isObject(block)) return false;
  const texts = BLOCKS[String(block["type"])];
  return texts?.every((key) => typeof block[key] === "string") ?? false;
}

function noteOnce(notHeld: string[], what: string): void {
  if (!notHeld.includes(what)) notHeld.push(what);
}

/** Notes the times of entries as lost when they are not those that the prompts give back. */
class TimeLoss {
  readonly #prompts: PromptClock;
  readonly #clock: EntryClock;
  readonly #notHeld: string[];

  constructor(head: SessionHead, notHeld: string[]) {
    this.#prompts = new PromptClock(head.state["prompt_history"]);
    this.#clock = new EntryClock(head.createdAt);
    this.#notHeld = notHeld;
  }

  look({ at, message }: Entry<Message>): void {
    const readBack = this.#clock.at(this.#prompts.at(message));
    if (readBack !== at) noteOnce(this.#notHeld, "entries.at");
  }
}
