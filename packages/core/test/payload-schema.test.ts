import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import type { SchemaIssue, StandardSchemaV1 } from "../src/standard-schema.js";

interface Turn {
  role: "user" | "assistant";
  content: string;
}
interface Progress {
  step: number;
}

const schemas: [
  string,
  { message: StandardSchemaV1<unknown, Turn>; state: StandardSchemaV1<unknown, Progress> },
][] = [
  [
    "zod",
    {
      message: z.object({ role: z.enum(["user", "assistant"]), content: z.string().trim() }) as never,
      state: z.object({ step: z.number().int().default(0) }) as never,
    },
  ],
  [
    "valibot",
    {
      message: v.object({
        role: v.picklist(["user", "assistant"]),
        content: v.pipe(v.string(), v.trim()),
      }) as never,
      state: v.object({ step: v.optional(v.pipe(v.number(), v.integer()), 0) }) as never,
    },
  ],
];

describe.each(schemas)("a store with schemas of %s", (_name, schema) => {
  it("stores the schema's output", async () => {
    const store = await openMemorySessionStore<Turn, Progress>({ schema });
    const { id } = await store.create({
      messages: [{ role: "user", content: "  hi  " }],
      state: {} as Progress,
    });
    expect(await store.load(id)).toMatchObject({
      messages: [{ role: "user", content: "hi" }],
      state: { step: 0 },
    });
    await store.close();
  });

  // The state that core gave a new session did not pass the schema: it lacked the defaults, and the next update() was refused for it.
  it("makes the state of a session that is made without one", async () => {
    const store = await openMemorySessionStore<Turn, Progress>({ schema });
    const { id, state } = await store.create();
    expect(state).toEqual({ step: 0 });
    await store.append("b", { role: "user", content: "x" }, { createIfMissing: true });
    expect((await store.head("b")).state).toEqual({ step: 0 });
    expect((await store.update(id, { set: { step: 1 } })).state).toEqual({ step: 1 });
    await store.close();
  });

  it("refuses what does not fit, with the path, and writes nothing", async () => {
    const store = await openMemorySessionStore<Turn, Progress>({ schema });
    const { id } = await store.create({ state: { step: 1 } });
    await expect(store.append(id, { role: "robot", content: "x" } as never)).rejects.toMatchObject({
      code: "INVALID_VALUE",
      path: "messages[0].role",
    });
    await expect(store.update(id, { set: { step: "two" } })).rejects.toMatchObject({
      code: "INVALID_VALUE",
      path: "state.step",
    });
    expect(await store.load(id)).toMatchObject({ messages: [], state: { step: 1 }, revision: 1 });
    await store.close();
  });
});

it("a state schema that refuses {} refuses a session without a state, and says what to do", async () => {
  const store = await openMemorySessionStore({ schema: { state: z.object({ step: z.number() }) as never } });
  const refused = { code: "INVALID_VALUE", path: "state.step", message: expect.stringContaining("defaults") };
  await expect(store.create({ id: "a" })).rejects.toMatchObject(refused);
  const appending = store.append("a", { role: "user" }, { createIfMissing: true });
  await expect(appending).rejects.toMatchObject(refused);
  expect(await store.exists("a")).toBe(false);
  await store.close();
});

// The fingerprint was of what the schema had made: with an id by default no retry was ever recognised.
it("a retry is recognised though the schema fills in another default each time", async () => {
  const message = z.object({ id: z.string().default(() => randomUUID()), content: z.string() });
  const store = await openMemorySessionStore({ schema: { message: message as never } });
  const options = { operationId: "op", createIfMissing: true };
  await store.append("a", { content: "x" }, options);
  expect((await store.append("a", { content: "x" }, options)).messageCount).toBe(1);
  const other = store.append("a", { content: "y" }, options);
  await expect(other).rejects.toMatchObject({ code: "OPERATION_MISMATCH" });
  await store.close();
});

describe("a schema that answers asynchronously", () => {
  const slow: StandardSchemaV1<unknown, never> = {
    "~standard": { version: 1, vendor: "test", validate: async (value) => ({ value: value as never }) },
  };

  it("works for messages", async () => {
    const store = await openMemorySessionStore({ schema: { message: slow } });
    const { id } = await store.create();
    expect((await store.append(id, { role: "user" } as never)).messageCount).toBe(1);
    await store.close();
  });

  it("is refused for state with INVALID_OPTIONS", async () => {
    const store = await openMemorySessionStore({ schema: { state: slow } });
    await expect(store.create({ state: {} as never })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await store.close();
  });

  it("lets what it throws itself pass through unchanged", async () => {
    const boom = new RangeError("mine");
    const throwing: StandardSchemaV1<unknown, never> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => {
          throw boom;
        },
      },
    };
    const store = await openMemorySessionStore({ schema: { message: throwing } });
    await expect(store.create({ messages: [{} as never] })).rejects.toBe(boom);
    await store.close();
  });
});

it("a refusal names the path, however the schema writes it, and says so when the schema gives no reason", async () => {
  const refusing = (issues: readonly SchemaIssue[]): StandardSchemaV1<unknown, never> => ({
    "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) },
  });
  for (const [issues, path, text] of [
    [[{ message: "too long", path: [{ key: "content" }, 0] }], "messages.0.content.0", "too long"],
    [[{ message: "wrong" }], "messages.0", "wrong"],
    [[], "messages.0", "no reason given"],
  ] as const) {
    const store = await openMemorySessionStore({ schema: { message: refusing(issues) } });
    const creating = store.create({ messages: [{} as never] });
    await expect(creating).rejects.toThrow(text);
    const error = (await creating.catch((reason: unknown) => reason)) as { path: string };
    expect(error.path.replace(/\[(\d+)\]/g, ".$1")).toBe(path);
  }
});

// It used to fail at the first write, with a TypeError.
it("a schema that is none is refused when the store is opened", async () => {
  for (const schema of [{ message: {} }, { state: null }, { message: { "~standard": {} } }]) {
    const opening = openMemorySessionStore({ schema: schema as never });
    await expect(opening).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  }
});
