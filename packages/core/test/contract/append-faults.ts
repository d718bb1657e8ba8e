import type { Message } from "../../src/session.js";
import type { AppendOptions } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods, tampering, withoutExpectation } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const appendFaults: readonly Fault[] = [
  {
    name: "loses the append that would bring the 50th message",
    open: tampering((commit, current) => {
      const isAppend =
        current !== null && commit.entries.length > 0 && commit.keep === current.head.messageCount;
      return isAppend && commit.keep < 50 && commit.head.messageCount >= 50 ? null : commit;
    }),
    trips: ["append.order", "append.operation-id-remembered", "calls.copies-in-order"],
  },
  {
    name: "reverses the messages of a batch",
    open: tampering((commit, current) => {
      if (current === null || commit.keep !== current.head.messageCount || commit.entries.length < 2)
        return commit;
      const messages = commit.entries.map(({ message }) => message).reverse();
      return {
        ...commit,
        entries: commit.entries.map((entry, index) => ({ ...entry, message: messages[index] ?? {} })),
      };
    }),
    trips: [
      "value.fidelity",
      "append.order",
      "append.positions",
      "truncate.then-append",
      "fork.copies",
      "lock.holder-writes",
      "crash.torn-tail",
      "fault.disk-full",
      "reads.racing-deletes",
    ],
  },
  {
    name: "counts positions from 0",
    open: methods((inner) => ({
      async *messages(id, range) {
        for await (const entry of inner.messages(id, range)) yield { ...entry, seq: entry.seq - 1 };
      },
    })),
    trips: [
      "namespace.isolated",
      "value.large",
      "save.creates-or-replaces",
      "append.positions",
      "append.replace-from",
      "truncate.then-append",
      "restore.exact",
      "restore.accepts-loaded",
      "restore.replaces",
      "restore.expects-the-present",
      "restore.invisible",
      "restore.many-entries",
      "messages.ranges",
      "messages.last",
      "messages.max-bytes",
      "messages.begins-at-first-next",
      "reads.again",
      "search.fresh",
      "migrate.faithful",
      "migrate.conflict",
      "migrate.interrupted",
    ],
  },
  {
    name: "appends the messages of a batch one by one",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        if (!Array.isArray(messages) || messages.length < 2 || options !== undefined)
          return await inner.append(id, messages, options);
        let head = await inner.head(id);
        for (const message of messages as Message[]) head = await inner.append(id, message);
        return head;
      },
    })),
    trips: [
      "value.refused",
      "append.order",
      "append.positions",
      "append.batch-atomic",
      "fault.disk-full",
      "calls.copies-in-order",
    ],
  },
  {
    name: "counts an append of nothing as a change",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        const head = await inner.append(id, messages, options);
        if (!Array.isArray(messages) || messages.length > 0 || options !== undefined) return head;
        return await inner.update(id, { metadata: { ...head.metadata, touched: head.revision } });
      },
    })),
    trips: ["append.empty"],
  },
  {
    name: "creates a session that it is to append to",
    open: methods((inner) => ({
      append: (id, messages, options) =>
        inner.append(id, messages, options === undefined ? { createIfMissing: true } : options),
    })),
    trips: ["open.creates-nothing", "append.missing", "delete.no-resurrection"],
  },
  {
    name: "looks whether a session is missing, then creates it",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        if (
          options?.createIfMissing !== true ||
          options.operationId !== undefined ||
          options.expectedRevision !== undefined
        )
          return await inner.append(id, messages, options);
        const { createIfMissing: _createIfMissing, ...rest } = options;
        if (await inner.exists(id)) return await inner.append(id, messages, rest);
        return await inner.save(id, {
          messages: [messages].flat() as Message[],
          ...(rest.usage === undefined ? {} : { usage: rest.usage }),
        });
      },
    })),
    trips: ["append.create-if-missing"],
  },
  {
    name: "sets usage instead of adding to it",
    open: tampering((commit, current) => {
      if (current === null || commit.entries.length === 0 || commit.head.usage === current.head.usage)
        return commit;
      const usage: Record<string, number> = { inputTokens: 0, outputTokens: 0 };
      for (const [name, count] of Object.entries(commit.head.usage))
        usage[name] = count - (current.head.usage[name] ?? 0);
      return { ...commit, head: { ...commit.head, usage: usage as never } };
    }),
    trips: ["append.create-if-missing", "append.usage"],
  },
  {
    name: "ignores the revision that an append expects",
    open: methods((inner) => ({
      append: (id, messages, options) =>
        inner.append(
          id,
          messages,
          isNumber(options?.expectedRevision) ? withoutExpectation(options) : options,
        ),
    })),
    trips: [
      "value.bad-options",
      "append.create-if-missing",
      "append.expected-revision",
      "append.operation-id-failed",
    ],
  },
  {
    name: "replaces a tail in two steps",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        if (!isNumber(options?.replaceFrom) || options.replaceFrom < 1)
          return await inner.append(id, messages, options);
        const { replaceFrom, ...rest } = options;
        const { messageCount } = await inner.head(id);
        if (replaceFrom > messageCount) return await inner.append(id, messages, options);
        await inner.truncate(id, replaceFrom - 1);
        return await inner.append(id, messages, rest);
      },
    })),
    trips: ["append.replace-from", "append.operation-id", "calls.in-order"],
  },
  {
    name: "stamps entries with a clock that may go back",
    open: backend(
      (place, options) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = (key, decide, mutateOptions) =>
            super.mutate(
              key,
              (current) => {
                const commit = decide(current);
                if (commit === null || options.clock === undefined || current === null) return commit;
                const at = new Date(options.clock()).toISOString();
                return { ...commit, entries: commit.entries.map((entry) => ({ ...entry, at })) };
              },
              mutateOptions,
            );
        })(place),
    ),
    trips: ["append.times"],
  },
];

export const operationFaults: readonly Fault[] = [
  {
    name: "takes any append with a known operation id for a repetition",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        try {
          return await inner.append(id, messages, options);
        } catch (error) {
          if (SessionStoreError.is(error, "OPERATION_MISMATCH")) return await inner.head(id);
          throw error;
        }
      },
    })),
    trips: [
      "save.keeps-operations",
      "append.operation-id",
      "append.operation-id-remembered",
      "append.operation-id-input",
    ],
  },
  {
    name: "takes what the schema made of a message for the operation's content",
    open: methods((inner, _place, { schema }) => ({
      append: async (id, messages, options) => {
        const result = options?.operationId && (await schema?.message?.["~standard"].validate(messages));
        const isMade = typeof result === "object" && result.issues === undefined;
        return await inner.append(id, isMade ? result.value : messages, options);
      },
    })),
    trips: ["append.operation-id-input"],
  },
  {
    name: "looks at the expected revision before the operation id",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        if (options?.operationId === undefined || !isNumber(options.expectedRevision))
          return await inner.append(id, messages, options);
        const { operationId: _operationId, ...rest } = options;
        const { revision } = await inner.head(id);
        return await inner.append(id, messages, revision === options.expectedRevision ? options : rest);
      },
    })),
    trips: ["append.operation-id-before-revision"],
  },
  {
    name: "remembers the last 20 operations only",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = async (key, decide, options) => {
            const head = await super.mutate(key, decide, options);
            const operations = place.data.get(key)?.operations ?? new Map<string, string>();
            for (const id of [...operations.keys()].slice(0, -20)) operations.delete(id);
            return head;
          };
        })(place),
    ),
    trips: ["append.operation-id-remembered"],
  },
  {
    name: "knows operations only in the handle that made them",
    open: methods((inner) => {
      const known = new Set<string>();
      return {
        append: async (id, messages, options) => {
          if (typeof options?.operationId !== "string" || options.operationId === "")
            return await inner.append(id, messages, options);
          const { operationId, ...rest } = options;
          const name = `${id} ${operationId}`;
          if (known.has(name)) return await inner.append(id, messages, options);
          // The first one in this handle is applied without asking whether another has applied it already.
          const other: AppendOptions = {
            ...rest,
            operationId: `${operationId} ${known.size} ${Math.random()}`,
          };
          await inner.append(id, messages, other);
          known.add(name);
          return await inner.append(id, [], { operationId }).catch(() => inner.head(id));
        },
      };
    }),
    trips: [
      "save.keeps-operations",
      "append.operation-id",
      "append.operation-id-before-revision",
      "append.operation-id-remembered",
      "append.operation-id-input",
      "append.operation-id-concurrent",
    ],
  },
  {
    name: "remembers an operation that failed",
    open: methods((inner) => {
      const failed = new Set<string>();
      return {
        append: async (id, messages, options) => {
          if (typeof options?.operationId !== "string") return await inner.append(id, messages, options);
          const name = `${id} ${options.operationId}`;
          if (failed.has(name)) return await inner.head(id);
          try {
            return await inner.append(id, messages, options);
          } catch (error) {
            const isLost =
              SessionStoreError.is(error, "SESSION_CONFLICT") ||
              SessionStoreError.is(error, "SESSION_NOT_FOUND");
            if (isLost && options?.operationId !== undefined) failed.add(name);
            throw error;
          }
        },
      };
    }),
    trips: ["append.operation-id-failed"],
  },
];

function isNumber(value: unknown): value is number {
  return Number.isInteger(value);
}
