import {
  type HeadChange,
  InvalidInputError,
  type JsonObject,
  type JsonValue,
  type LockedSession,
  SessionConflictError,
  type SessionPage,
  type SessionStore,
  SessionStoreError,
} from "@agent-sessions/core";
import { type Call, type Command, decode } from "./command.js";
import type { Opening } from "./stores.js";

/** What a store said to a command: a value, or an error by all that a caller may branch on. */
export type Answer = { readonly value: unknown } | { readonly error: Readonly<Record<string, unknown>> };

/** One backend's side of the comparison. */
export class Driver {
  readonly name: string;
  readonly #opening: Opening;
  readonly #clock: () => number;
  #store: SessionStore;
  #last: { readonly query: JsonValue; readonly cursor: string } | null = null;

  private constructor(opening: Opening, clock: () => number, store: SessionStore) {
    this.name = opening.name;
    this.#opening = opening;
    this.#clock = clock;
    this.#store = store;
  }

  static async open(opening: Opening, clock: () => number): Promise<Driver> {
    return new Driver(opening, clock, await opening.open({ clock }));
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async run(command: Command): Promise<Answer> {
    return await answerOf(async () => {
      switch (command.kind) {
        case "tick":
          return null;
        case "reopen":
          await this.#store.close();
          this.#store = await this.#opening.open({ clock: this.#clock });
          return null;
        case "call":
          return this.#remember(command, await call(this.#view(command), command));
        case "walk":
          return await this.#walk(command);
        case "next page":
          return await this.#nextPage(command);
        case "update by function":
          return await this.#view(command).update(command.id, (head) => ({
            title: (head.title + command.title).slice(0, 60).toWellFormed(),
            set: [[["count"], Number(head.state["count"] ?? 0) + 1]],
          }));
        case "locked":
          return await this.#view(command).withLock(command.id, async (session) => {
            const answers: Answer[] = [];
            for (const one of command.calls) answers.push(await answerOf(() => callLocked(session, one)));
            return answers;
          });
      }
    });
  }

  /** Everything that the store holds, in all namespaces. */
  async everything(): Promise<unknown> {
    const all: unknown[] = [];
    for await (const namespace of this.#store.namespaces()) {
      const view = this.#store.inNamespace(namespace);
      const { sessions, unreadable } = await view.list({ orderBy: "id", limit: 1000 });
      const whole: unknown[] = [];
      for (const { id } of sessions) whole.push(await view.load(id), await collect(view.messages(id)));
      all.push({ namespace, sessions, unreadable, whole });
    }
    return { all, findings: (await collect(this.#store.verify())).length };
  }

  #view({ namespace }: { readonly namespace: string }): SessionStore {
    return namespace === "" ? this.#store : this.#store.inNamespace(namespace);
  }

  #remember({ method, args }: Call, value: unknown): unknown {
    if (method === "list") this.#keepCursor(args[0] ?? {}, value as SessionPage);
    return value;
  }

  #keepCursor(query: JsonValue, { nextCursor }: SessionPage): void {
    if (nextCursor !== null) this.#last = { query, cursor: nextCursor };
  }

  async #walk(command: Extract<Command, { kind: "walk" }>): Promise<unknown> {
    const query = decode(command.query) as object;
    const pages: SessionPage[] = [];
    let cursor: string | null = null;
    do {
      const page: SessionPage = await this.#view(command).list(
        cursor === null ? query : { ...query, cursor },
      );
      this.#keepCursor(command.query, page);
      pages.push(page);
      cursor = page.nextCursor;
    } while (cursor !== null && pages.length < 100);
    return pages;
  }

  async #nextPage(command: Extract<Command, { kind: "next page" }>): Promise<unknown> {
    if (this.#last === null) return null;
    const { query, cursor } = this.#last;
    const asked = decode(command.query ?? query) as object;
    return await this.#view(command).list({ ...asked, cursor });
  }
}

async function call(store: SessionStore, { method, args }: Call): Promise<unknown> {
  // Arguments are what no type checker would let through, too.
  const implementation = store[method] as (...args: unknown[]) => unknown;
  return await resultOf(implementation.apply(store, args.map(decode)));
}

/** As `call`, for the handle of a lock's body, whose methods take no id. */
async function callLocked(session: LockedSession, { method, args }: Call): Promise<unknown> {
  const [first, second] = args.map(decode) as [never, never];
  switch (method) {
    case "append":
      return await session.append(first, second);
    case "save":
      return await session.save(first, second);
    case "update":
      return await session.update(first as HeadChange<JsonObject>, second);
    case "truncate":
      return await session.truncate(first, second);
    case "head":
      return await session.head();
    case "messages":
      return await collect(session.messages(first));
    default:
      return await session.load();
  }
}

async function resultOf(returned: unknown): Promise<unknown> {
  const isIterable = typeof returned === "object" && returned !== null && Symbol.asyncIterator in returned;
  return isIterable ? await collect(returned as AsyncIterable<unknown>) : await returned;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function answerOf(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!SessionStoreError.is(error)) throw error;
    const { code, sessionId } = error;
    if (error instanceof InvalidInputError) return { error: { code, sessionId, path: error.path } };
    if (error instanceof SessionConflictError) {
      return { error: { code, sessionId, expected: error.expectedRevision, actual: error.actualRevision } };
    }
    return { error: { code, sessionId } };
  }
}
