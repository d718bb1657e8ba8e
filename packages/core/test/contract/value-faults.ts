import { InvalidInputError } from "../../src/errors.js";
import type { JsonObject, JsonValue } from "../../src/json-value.js";
import type { Message, Session } from "../../src/session.js";
import type { StoredEntry } from "../../src/session-backend.js";
import type { HeadChange } from "../../src/session-store.js";
import { type Fault, methods, tampering } from "./fault.js";
import { openFragile } from "./fragile-harness.js";

export const valueFaults: readonly Fault[] = [
  {
    name: "drops properties that are null",
    open: tampering((commit) => ({
      ...commit,
      entries: commit.entries.map((entry) => rewrite(entry, dropNulls)),
    })),
    trips: ["value.fidelity"],
  },
  {
    name: "cuts texts at a million characters",
    open: tampering((commit) => ({
      ...commit,
      entries: commit.entries.map((entry) =>
        rewrite(entry, (_key, value) => (typeof value === "string" ? value.slice(0, 1_000_000) : value)),
      ),
    })),
    trips: ["value.large"],
  },
  {
    name: "trims titles",
    open: tampering((commit) => ({ ...commit, head: { ...commit.head, title: commit.head.title.trim() } })),
    trips: ["namespace.hostile", "value.texts-in-head"],
  },
  {
    name: "stores undefined properties as null",
    open: methods((inner) => ({
      append: (id, messages, options) => inner.append(id, withNulls(messages) as Message, options),
    })),
    trips: ["value.normalised"],
  },
  {
    name: "passes messages through JSON before it looks at them",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        const copy = JSON.parse(
          JSON.stringify(messages, (_key, value: unknown) =>
            typeof value === "bigint" ? String(value) : value,
          ) ?? "null",
        ) as Message;
        return await inner.append(id, copy, options);
      },
    })),
    trips: ["value.refused", "append.batch-atomic"],
  },
  {
    name: "takes a state that is no object for an empty one",
    open: methods((inner) => ({
      update: (id, change, options) => {
        const state: unknown = typeof change === "function" ? undefined : change?.state;
        const isOdd =
          state === null || (state !== undefined && (typeof state !== "object" || Array.isArray(state)));
        return inner.update(id, isOdd ? { ...(change as HeadChange), state: {} } : change, options);
      },
    })),
    trips: ["value.refused-state"],
  },
  {
    name: "sorts the keys of messages",
    open: tampering((commit) => ({
      ...commit,
      entries: commit.entries.map((entry) => ({ ...entry, message: sortKeys(entry.message) as JsonObject })),
    })),
    trips: ["value.key-order"],
  },
  {
    name: "returns the same object from every load",
    open: methods((inner) => {
      const cache = new Map<string, Session>();
      return {
        load: async (id) => {
          const head = await inner.head(id);
          const cached = cache.get(id);
          if (
            cached !== undefined &&
            cached.revision === head.revision &&
            cached.createdAt === head.createdAt &&
            cached.messageCount === head.messageCount
          )
            return cached;
          const session = await inner.load(id);
          cache.set(id, session);
          return session;
        },
      };
    }),
    trips: ["value.owned"],
  },
  {
    name: "does not ask the schema",
    open: async (place, { schema: _schema, ...options }) => openFragile(place, options),
    trips: ["value.schema", "value.schema-initial-state", "append.operation-id-input"],
  },
  {
    name: "begins sessions with an empty state, whatever the schema makes of it",
    open: tampering((commit, current) => {
      const isDefault = current === null && JSON.stringify(commit.head.state) === '{"begun":true}';
      return isDefault ? { ...commit, head: { ...commit.head, state: {} } } : commit;
    }),
    trips: ["value.schema-initial-state"],
  },
  {
    name: "drops the fields that it does not know",
    open: tampering((commit) => ({ ...commit, head: { ...commit.head, extra: {} } })),
    trips: ["value.unknown-fields"],
  },
  {
    name: "takes control characters out of titles in silence",
    open: methods((inner) => ({
      create: (init) => {
        const title: unknown = init?.title;
        return inner.create(
          typeof title === "string" ? { ...init, title: title.replaceAll(/\p{Cc}/gu, "") } : init,
        );
      },
    })),
    trips: ["open.creates-nothing", "value.head-limits"],
  },
  {
    name: "refuses metadata over 8 KiB",
    open: methods((inner) => ({
      create: async (init) => {
        if (JSON.stringify(init?.metadata ?? {}).length > 8192) {
          throw new InvalidInputError("INVALID_VALUE", "too much metadata", { path: "metadata" });
        }
        return await inner.create(init);
      },
    })),
    trips: ["value.head-bounds"],
  },
  {
    name: "keeps labels in descending order",
    open: tampering((commit) => ({
      ...commit,
      head: { ...commit.head, labels: [...commit.head.labels].reverse() },
    })),
    trips: ["value.labels-are-a-set", "create.with-everything", "update.fields", "update.nothing"],
  },
  {
    name: "keeps the first preview for ever",
    open: tampering((commit, current) => {
      const preview =
        current === null || current.head.preview === "" ? commit.head.preview : current.head.preview;
      return { ...commit, head: { ...commit.head, preview } };
    }),
    trips: ["value.preview", "save.creates-or-replaces", "truncate.drops-tail"],
  },
  {
    name: "ignores the keys that it does not know at creation",
    open: methods((inner) => ({
      create: (init) => {
        const { tittle: _tittle, unknown: _unknown, ...known } = { ...init } as Record<string, unknown>;
        return inner.create(known);
      },
    })),
    trips: ["value.unknown-keys"],
  },
  {
    name: "takes a negative count for 0",
    open: methods((inner) => ({
      truncate: (id, count, options) => inner.truncate(id, count === -1 ? 0 : count, options),
    })),
    trips: ["value.bad-options"],
  },
];

function rewrite(entry: StoredEntry, replacer: (key: string, value: unknown) => unknown): StoredEntry {
  return { ...entry, message: JSON.parse(JSON.stringify(entry.message, replacer)) as JsonObject };
}

function dropNulls(this: unknown, key: string, value: unknown): unknown {
  return value === null && key !== "" && !Array.isArray(this) ? undefined : value;
}

function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const hasUndefined = Object.values(value).includes(undefined);
  return hasUndefined
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item ?? null]))
    : value;
}

function sortKeys(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value).filter((key) => key !== "__proto__");
  if (keys.length !== Object.keys(value).length) return value;
  return Object.fromEntries(keys.sort().map((key) => [key, (value as JsonObject)[key] ?? null]));
}
