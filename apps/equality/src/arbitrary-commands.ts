import type { JsonValue } from "@agent-sessions/core";
import fc, { type Arbitrary } from "fast-check";
import {
  labels,
  message,
  metadata,
  mostly,
  object,
  searchText,
  sessionId,
  text,
  time,
  value,
} from "./arbitrary-values.js";
import { type Call, type Command, decode, type Method } from "./command.js";

/** An object with some of these fields, each nearly always as it should be. */
function fields(
  all: Readonly<Record<string, Arbitrary<JsonValue>>>,
  { always = [], percent = 30 }: { readonly always?: readonly string[]; readonly percent?: number } = {},
): Arbitrary<JsonValue> {
  const entries = Object.entries(all).map(([name, good]) => {
    const there = mostly(good).map((given): [string, JsonValue][] => [[name, given]]);
    if (always.includes(name)) return there;
    const missing = fc.constant<[string, JsonValue][]>([]);
    return fc.oneof({ weight: 100 - percent, arbitrary: missing }, { weight: percent, arbitrary: there });
  });
  return fc.tuple(...entries).map((parts) => Object.fromEntries(parts.flat()) as JsonValue);
}

/** Left to itself, every backend would make up another id. */
function named(init: Arbitrary<JsonValue>): Arbitrary<JsonValue> {
  return init.filter((value) => (decode(value) as { readonly id: unknown }).id !== undefined);
}

const count = fc.integer({ min: 0, max: 8 });
const positive = fc.integer({ min: 1, max: 5 });
const messages = fc.array(message, { maxLength: 5, size: "max" });
const usage: Arbitrary<JsonValue> = fc.dictionary(
  fc.constantFrom("inputTokens", "outputTokens", "cached", "__proto__"),
  fc.nat(50),
  { maxKeys: 2 },
);
const title = fc.oneof(text, fc.constantFrom("alpha", "Alpha", "b", "😀", "\uffee"));
const headFields = {
  title,
  preview: text,
  labels,
  metadata,
  pinned: fc.boolean(),
  archived: fc.boolean(),
  parent: fc.option(fc.record({ id: sessionId, messageCount: count })),
  usage,
  createdAt: time,
  updatedAt: time,
  state: object,
};
const writeOptions = fields({ expectedRevision: count }, { percent: 8 });
const path = fc.array(fc.constantFrom("a", "b", "a.b", "10", "__proto__"), { minLength: 1, maxLength: 3 });
const change = fields({
  title,
  labels,
  metadata,
  pinned: fc.boolean(),
  archived: fc.boolean(),
  state: object,
  set: fc.oneof(
    fc.dictionary(fc.constantFrom("a", "a.b", "a.b.c", "count", "b..c", ""), value, { maxKeys: 2 }),
    fc.array(fc.tuple(path, value), { maxLength: 2 }) as Arbitrary<JsonValue>,
  ),
  unset: fc.array(fc.oneof(fc.constantFrom("a", "a.b", "b"), path), { maxLength: 2 }) as Arbitrary<JsonValue>,
});
const append = fields(
  {
    usage,
    operationId: fc.constantFrom("op-1", "op-2", "é"),
    createIfMissing: fc.boolean(),
    replaceFrom: fc.integer({ min: 1, max: 8 }),
    expectedRevision: count,
  },
  { percent: 20 },
);
const appended = fc.oneof(message, messages);
const range = fields({
  after: count,
  before: count,
  limit: positive,
  last: positive,
  order: fc.constantFrom("asc", "desc"),
  maxBytes: fc.integer({ min: 1, max: 200 }),
});
const filter = {
  ids: fc.array(sessionId, { maxLength: 3 }),
  idPrefix: fc.constantFrom("a", "A", "", "e", "😀", "%", "_"),
  labels: fc.array(fc.constantFrom("x", "y", "Ü", "😀"), { maxLength: 2 }),
  metadata,
  pinned: fc.boolean(),
  archived: fc.boolean(),
  parentId: sessionId,
  titleContains: fc.oneof(searchText, fc.constantFrom("%", "_")),
  updatedAfter: time,
  updatedBefore: time,
  createdAfter: time,
  createdBefore: time,
};

/** At most two filters at once, or nothing would be found. */
const filters: Arbitrary<Readonly<Record<string, Arbitrary<JsonValue>>>> = fc
  .subarray(Object.entries(filter) as [string, Arbitrary<JsonValue>][], { maxLength: 2 })
  .map((chosen) => Object.fromEntries(chosen));
const listQuery = filters.chain((chosen) =>
  fields(
    {
      ...chosen,
      orderBy: fc.constantFrom("updatedAt", "createdAt", "title", "id"),
      direction: fc.constantFrom("asc", "desc"),
      pinnedFirst: fc.boolean(),
      limit: positive,
    },
    { always: Object.keys(chosen) },
  ),
);
const searchQuery = filters.chain((chosen) =>
  fields({ ...chosen, limit: positive }, { always: Object.keys(chosen) }),
);

/** A head that fits its entries; now and then one that does not. */
const snapshot: Arbitrary<JsonValue> = fc
  .record({
    id: sessionId,
    title,
    preview: fc.constant("preview"),
    labels: fc.constantFrom<string[]>([], ["x"], ["x", "y"]),
    metadata,
    pinned: fc.boolean(),
    archived: fc.boolean(),
    parent: fc.option(fc.record({ id: sessionId, messageCount: count })),
    usage: fc.record({ inputTokens: fc.nat(9), outputTokens: fc.nat(9) }),
    revision: positive,
    createdAt: time,
    updatedAt: time,
    state: object,
    entries: fc.array(fc.record({ at: time, message }), { maxLength: 4 }),
    surplus: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
  })
  .map(({ entries, surplus, ...head }) => ({
    head: { ...head, namespace: "", messageCount: entries.length + surplus },
    entries: entries.map((entry, index) => ({ seq: index + 1, ...entry })),
  })) as Arbitrary<JsonValue>;

function call(
  weight: number,
  method: Method,
  ...args: Arbitrary<JsonValue>[]
): { weight: number; arbitrary: Arbitrary<Call> } {
  return { weight, arbitrary: fc.tuple(...args).map((values) => ({ method, args: values })) };
}

const id = mostly(sessionId);
const calls = fc.oneof(
  call(12, "create", named(fields({ id: sessionId, ...headFields, messages }, { always: ["id"] }))),
  call(6, "save", id, fields({ ...headFields, messages }, { always: ["messages"] }), writeOptions),
  call(24, "append", id, appended, append),
  call(10, "update", id, change, writeOptions),
  call(6, "truncate", id, mostly(fc.integer({ min: 0, max: 4 })), writeOptions),
  call(5, "fork", id, named(fields({ id: sessionId, title, messageCount: count }, { always: ["id"] }))),
  call(2, "delete", id),
  call(4, "restore", snapshot, writeOptions),
  call(2, "exists", id),
  call(3, "head", id),
  call(5, "load", id),
  call(10, "messages", id, range),
  call(12, "list", listQuery),
  call(12, "search", mostly(searchText), searchQuery),
  call(1, "namespaces"),
  call(1, "verify"),
);
const lockedCalls = fc.oneof(
  call(4, "append", appended, append),
  call(2, "save", fields({ ...headFields, messages }, { always: ["messages"] }), writeOptions),
  call(2, "update", change, writeOptions),
  call(1, "truncate", mostly(count), writeOptions),
  call(1, "head"),
  call(1, "load"),
  call(1, "messages", range),
);

const namespace = fc.oneof({ weight: 14, arbitrary: fc.constant("") }, { weight: 1, arbitrary: sessionId });

const command: Arbitrary<Command> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc
      .tuple(namespace, calls)
      .map(([at, one]) => ({ kind: "call" as const, namespace: at, ...one })),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("tick" as const),
      milliseconds: fc.constantFrom(1, 1000, 1000, -500),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "reopen" as const }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("walk" as const), namespace, query: listQuery }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("next page" as const),
      namespace,
      query: fc.option(listQuery, { freq: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("update by function" as const),
      namespace,
      id: sessionId,
      title: text,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("locked" as const),
      namespace,
      id: sessionId,
      calls: fc.array(lockedCalls, { maxLength: 3 }),
    }),
  },
);

function beginning(name: string): Arbitrary<Command> {
  return fields({ ...headFields, messages }, { always: ["messages"], percent: 50 }).map((init) => ({
    kind: "call",
    namespace: "",
    method: "create",
    args: [{ ...(init as object), id: name }],
  }));
}

/** Sequences of commands, most of them about the two sessions that they begin with. */
export const commandSequences: Arbitrary<Command[]> = fc
  .tuple(beginning("a"), beginning("b"), fc.array(command, { minLength: 1, maxLength: 40, size: "max" }))
  .map(([a, b, rest]) => [a, b, ...rest]);
