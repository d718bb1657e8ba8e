import type { Entry, JsonValue, Message, SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { CLAW_ROLES, CLAW_USAGE, PromptClock } from "./claw-head.js";
import { EntryClock, msOf } from "./foreign-time.js";
import { type ForeignValue, withSources } from "./foreign-value.js";
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
import { TokenSum } from "./token-sum.js";
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
    const losses = new Losses(head);
    return { path: `${stem}.jsonl`, content: lines(snapshot, losses), notHeld: losses.notHeld };
  },
};

/** `<id>.json` as it wrote sessions before that: one object, keys sorted. */
export const clawJsonWriter: SessionWriter = {
  async form(snapshot: SessionSnapshot): Promise<WrittenForm> {
    const { head } = snapshot;
    const stem = fileStemOf(head);
    const losses = new Losses(head);
    const { meta, compaction, prompts } = headerOf(head);
    const messages = (await messagesOf(snapshot)).map((entry) => {
      losses.look(entry);
      const { $record, ...message } = clawMessage(entry);
      if ($record !== undefined) losses.note("messages.$record");
      return message;
    });
    losses.end();
    const document = {
      ...meta,
      ...(compaction === undefined ? {} : { compaction }),
      ...(prompts === undefined ? {} : { prompt_history: prompts }),
      messages,
    };
    return { path: `${stem}.json`, content: [writeForeignJson(document, STYLE)], notHeld: losses.notHeld };
  },
};

const STYLE = { indent: 0, isAscii: false, isSorted: true };

type ForeignObject = { readonly [key: string]: ForeignValue | undefined };

async function* lines(snapshot: SessionSnapshot, losses: Losses): AsyncGenerator<string> {
  const { meta, compaction, prompts } = headerOf(snapshot.head);
  yield line({ ...meta, type: "session_meta" });
  // In a log these are records, which a hand-made document may hold as something else.
  if (isPlain(compaction)) yield line({ ...compaction, type: "compaction" });
  else if (compaction !== undefined) losses.note("state.compaction");
  if (Array.isArray(prompts) && (prompts as readonly ForeignValue[]).every(isPlain)) {
    for (const prompt of prompts as readonly ForeignObject[])
      yield line({ ...prompt, type: "prompt_history" });
  } else if (prompts !== undefined) losses.note("state.prompt_history");
  const isOwn = isFrom(snapshot.head, "claw");
  for await (const entry of snapshot.entries) {
    losses.look(entry);
    const { $record, ...message } = clawMessage(entry);
    if ($record !== undefined && !isOwn) losses.note("messages.$record");
    yield line({ ...(isOwn && isPlain($record) ? $record : {}), message, type: "message" });
  }
  losses.end();
}

function line(record: ForeignObject): string {
  return `${writeForeignJson(record, STYLE)}\n`;
}

function isPlain(value: ForeignValue | undefined): value is ForeignObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function headerOf(head: SessionHead): {
  readonly meta: ForeignObject;
  readonly compaction: ForeignValue | undefined;
  readonly prompts: ForeignValue | undefined;
} {
  // Of another tool the same keys may mean something else.
  const state = isFrom(head, "claw") ? without(head.state, ["$records"]) : {};
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

/** What a session loses by becoming claw's, complete once all its entries were looked at. */
class Losses {
  readonly notHeld: string[];
  readonly #head: SessionHead;
  readonly #prompts: PromptClock;
  readonly #clock: EntryClock;
  readonly #tokens = new TokenSum();

  constructor(head: SessionHead) {
    const isOwn = isFrom(head, "claw");
    this.notHeld = headNotHeld(head, {
      parent: true,
      usage: true,
      metadata: ["model", "cwd"],
      state: isOwn ? Object.keys(head.state).filter((key) => key !== "$records") : [],
    });
    this.#head = head;
    this.#prompts = new PromptClock(isOwn ? head.state["prompt_history"] : []);
    this.#clock = new EntryClock(head.createdAt);
  }

  note(what: string): void {
    if (!this.notHeld.includes(what)) this.notHeld.push(what);
  }

  look({ at, message }: Entry<Message>): void {
    // Times are those that the prompts give back, and no others.
    if (this.#clock.at(this.#prompts.at(message)) !== at) this.note("entries.at");
    this.#tokens.add(message["usage"], CLAW_USAGE);
  }

  end(): void {
    // Tokens are counted on messages alone.
    const counted: Readonly<Record<string, number | undefined>> = this.#tokens.usage;
    const isHeld = ([counter, count]: [string, number]): boolean => (counted[counter] ?? 0) === count;
    if (!Object.entries(this.#head.usage).every(isHeld)) this.note("usage");
  }
}
