import type { SessionStore } from "@agent-sessions/core";
import { MessageGenerator, sessionId, sessionMessages } from "../generated-sessions.js";
import { openBackend } from "../open-backend.js";
import type { StoreSpec } from "../store-spec.js";

export interface BuildStoreInput {
  readonly path: string;
  readonly spec: StoreSpec;
}

const AT_ONCE = 32;
/** Where only their number matters. */
const SHORT_TEXT = 60;
const LARGE_TEXT = 99_950;

/** Makes a store and fills it. */
export async function buildStore({ path, spec }: BuildStoreInput): Promise<object> {
  const search = spec.search ?? spec.shape !== "large";
  const options = spec.backend === "sqlite" ? { search } : {};
  const store = await openBackend(spec.backend, path, { durability: "relaxed", ...options });
  await fill(store, spec);
  await store.close();
  return {};
}

async function fill(store: SessionStore, spec: StoreSpec): Promise<void> {
  const generator = new MessageGenerator();
  switch (spec.shape) {
    case "many":
      await createMany(store, generator, spec.sessions, spec.messagesEach);
      // From then on files have an index, as every store in use has.
      await store.list({ limit: 1 });
      break;
    case "long":
      await store.create({ id: "short", messages: generator.messages(10, SHORT_TEXT) });
      await store.create({ id: "long", messages: generator.messages(spec.messages, SHORT_TEXT) });
      break;
    case "appended":
      await store.create({ id: "long" });
      for (let made = 0; made < spec.messages; made++) await store.append("long", generator.message());
      break;
    case "large":
      for (const size of spec.megabytes) await createLarge(store, generator, size);
  }
}

async function createMany(
  store: SessionStore,
  generator: MessageGenerator,
  sessions: number,
  messagesEach: number,
): Promise<void> {
  for (let first = 0; first < sessions; first += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, sessions - first) }, (_, index) => first + index);
    const inits = some.map((index) => ({
      id: sessionId(index),
      title: generator.title(),
      messages: sessionMessages(generator, index, messagesEach),
    }));
    await Promise.all(inits.map((init) => store.create(init)));
  }
}

async function createLarge(
  store: SessionStore,
  generator: MessageGenerator,
  megabytes: number,
): Promise<void> {
  const id = String(megabytes);
  // Made once: inventing a gigabyte takes longer than writing it.
  const texts = Array.from({ length: 10 }, () => generator.text(LARGE_TEXT));
  await store.create({ id });
  const messages = texts.map((content) => ({ role: "user", content }));
  for (let made = 0; made < megabytes; made++) await store.append(id, messages);
}
