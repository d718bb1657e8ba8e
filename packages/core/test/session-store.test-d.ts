import { expectTypeOf } from "vitest";
import {
  type Entry,
  type ErrorOfCode,
  type JsonObject,
  type Message,
  openStore,
  type Session,
  type SessionHead,
  type SessionPage,
  type SessionStore,
  SessionStoreError,
  type SessionStoreErrorCode,
} from "../src/index.js";
import { openMemorySessionStore } from "../src/memory.js";

interface Turn {
  role: "user" | "assistant";
  content: string;
}
interface Progress {
  step: number;
}

// Checked by the compiler alone; nothing here runs.
export async function types(): Promise<void> {
  const plain = await openStore("memory:");
  expectTypeOf(plain).toEqualTypeOf<SessionStore<Message, JsonObject>>();
  expectTypeOf(plain.load("a")).resolves.toEqualTypeOf<Session<Message, JsonObject>>();
  expectTypeOf(plain.list()).resolves.toEqualTypeOf<SessionPage>();
  expectTypeOf(plain.delete("a")).resolves.toEqualTypeOf<boolean>();

  const typed = await openMemorySessionStore<Turn, Progress>();
  expectTypeOf(typed.head("a")).resolves.toEqualTypeOf<SessionHead<Progress>>();
  expectTypeOf(typed.messages("a")).toEqualTypeOf<AsyncIterable<Entry<Turn>>>();
  expectTypeOf(typed.withLock("a", async () => 7)).resolves.toEqualTypeOf<number>();
  await typed.append("a", { role: "user", content: "x" });
  await typed.append("a", [{ role: "user", content: "x" }], { operationId: "1", usage: { inputTokens: 1 } });
  await typed.update("a", (head) => ({ state: { step: head.state.step + 1 } }));
  // @ts-expect-error a role that the message type does not know
  await typed.append("a", { role: "robot", content: "x" });
  // @ts-expect-error the update function is synchronous
  await typed.update("a", async () => ({ pinned: true }));
  // @ts-expect-error save needs messages
  await typed.save("a", { title: "x" });
  // @ts-expect-error what is returned is read-only
  (await typed.head("a")).title = "x";

  const error: unknown = null;
  if (SessionStoreError.is(error)) expectTypeOf(error.code).toEqualTypeOf<SessionStoreErrorCode>();
  if (SessionStoreError.is(error, "SESSION_CONFLICT")) {
    expectTypeOf(error.code).toEqualTypeOf<"SESSION_CONFLICT">();
    expectTypeOf(error.actualRevision).toEqualTypeOf<number | null>();
  }
  const code = "INVALID_VALUE" as "INVALID_VALUE" | "SESSION_LOCKED";
  if (SessionStoreError.is(error, code)) expectTypeOf(error).toEqualTypeOf<ErrorOfCode<typeof code>>();

  await plain.append("a", { role: undefined, content: undefined, name: undefined });
  // What a library declares, so that it takes stores of any messages.
  await titleOf(plain);
  await titleOf(typed);
}

async function titleOf<M extends object, S extends object>(store: SessionStore<M, S>): Promise<string> {
  return (await store.head("a")).title;
}
