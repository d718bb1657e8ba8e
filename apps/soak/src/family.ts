import type { SessionHead, SessionStore } from "@agent-sessions/core";
import { type Item, messageOf } from "./texts.js";

/** What a session must hold. */
export interface SessionModel {
  readonly items: readonly Item[];
  readonly title: string;
  /** Kept as `state.step`. */
  readonly step: number;
}

/** The sessions that one writer has for itself: by id, what each must hold. */
export type Family = Readonly<Record<string, SessionModel>>;

/** One write to a session of a family. It happens whole or not at all. */
export type Command =
  | { readonly kind: "create" | "save" | "restore"; readonly id: string; readonly content: SessionModel }
  | {
      readonly kind: "append";
      readonly id: string;
      readonly items: readonly Item[];
      /** Makes the retry after a kill safe. */
      readonly operationId: string;
    }
  | {
      readonly kind: "replaceFrom";
      readonly id: string;
      readonly from: number;
      readonly items: readonly Item[];
    }
  | { readonly kind: "truncate"; readonly id: string; readonly count: number }
  | { readonly kind: "update"; readonly id: string; readonly title: string; readonly step: number }
  | { readonly kind: "fork"; readonly id: string; readonly source: string; readonly count: number }
  | { readonly kind: "delete"; readonly id: string };

/** The ids that a writer uses. */
export function familyIds(writer: string): readonly [string, ...string[]] {
  return [`${writer}-a`, `${writer}-b`, `${writer}-c`];
}

const NOTHING: SessionModel = { items: [], title: "", step: 0 };

/** The family after a command. */
export function apply(family: Family, command: Command): Family {
  const { [command.id]: present = NOTHING, ...others } = family;
  const now = (change: Partial<SessionModel>): Family => ({
    ...others,
    [command.id]: { ...present, ...change },
  });
  switch (command.kind) {
    case "create":
    case "save":
    case "restore":
      return now(command.content);
    case "append":
      return now({ items: [...present.items, ...command.items] });
    case "replaceFrom":
      return now({ items: [...present.items.slice(0, command.from - 1), ...command.items] });
    case "truncate":
      return now({ items: present.items.slice(0, command.count) });
    case "update":
      return now({ title: command.title, step: command.step });
    case "fork": {
      const source = family[command.source] ?? NOTHING;
      return now({ ...source, items: source.items.slice(0, command.count) });
    }
    case "delete":
      return others;
  }
}

/** Lets the store do the same. */
export async function execute(store: SessionStore, command: Command): Promise<void> {
  const { id } = command;
  switch (command.kind) {
    case "create":
      await store.create({ id, ...contentOf(command.content) });
      break;
    case "save":
      await store.save(id, contentOf(command.content));
      break;
    case "restore":
      await restore(store, id, command.content);
      break;
    case "append":
      await store.append(id, command.items.map(messageOf), {
        operationId: command.operationId,
        createIfMissing: true,
      });
      break;
    case "replaceFrom":
      await store.append(id, command.items.map(messageOf), { replaceFrom: command.from });
      break;
    case "truncate":
      await store.truncate(id, command.count);
      break;
    case "update":
      await store.update(id, { title: command.title, set: { step: command.step } });
      break;
    case "fork":
      await store.fork(command.source, { id, messageCount: command.count });
      break;
    case "delete":
      await store.delete(id);
  }
}

function contentOf({ items, title, step }: SessionModel): {
  messages: ReturnType<typeof messageOf>[];
  title: string;
  state: { step: number };
} {
  return { messages: items.map(messageOf), title, state: { step } };
}

async function restore(store: SessionStore, id: string, content: SessionModel): Promise<void> {
  const at = "2026-01-31T12:00:00.000Z";
  const head: SessionHead = {
    id,
    namespace: "",
    title: content.title,
    preview: "",
    labels: [],
    metadata: {},
    pinned: false,
    archived: false,
    parent: null,
    usage: { inputTokens: 0, outputTokens: 0 },
    messageCount: content.items.length,
    revision: 7,
    createdAt: at,
    updatedAt: at,
    state: { step: content.step },
  };
  const entries = content.items.map((item, index) => ({ seq: index + 1, at, message: messageOf(item) }));
  await store.restore({ head, entries });
}
