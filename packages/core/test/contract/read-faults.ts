import { SessionNotFoundError } from "../../src/errors.js";
import type { Entry } from "../../src/session.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";
import { keyText } from "./fragile-place.js";

export const readFaults: readonly Fault[] = [
  {
    name: "shows no usage in lists",
    open: methods((inner) => ({
      list: async (query) => {
        const page = await inner.list(query);
        return {
          ...page,
          sessions: page.sessions.map((row) => ({ ...row, usage: { inputTokens: 0, outputTokens: 0 } })),
        };
      },
    })),
    trips: ["append.usage", "load.matches-head"],
  },
  {
    name: "does not say where it looked for a missing session",
    open: methods((inner) => ({
      load: async (id) => {
        try {
          return await inner.load(id);
        } catch (error) {
          if (error instanceof SessionNotFoundError)
            throw new SessionNotFoundError(id, inner.namespace, "somewhere");
          throw error;
        }
      },
    })),
    trips: ["load.not-found", "errors.describe"],
  },
  {
    name: "still says that a session exists which this handle deleted",
    open: methods((inner) => {
      const deleted = new Set<string>();
      return {
        delete: async (id, options) => {
          const isDeleted = await inner.delete(id, options);
          if (isDeleted) deleted.add(id);
          return isDeleted;
        },
        exists: async (id) => (await inner.exists(id)) || deleted.has(id),
      };
    }),
    trips: [
      "id.hostile",
      "id.long",
      "id.siblings",
      "exists.agrees",
      "exists.agrees-on-corrupted",
      "delete.no-resurrection",
      "lock.missing-session",
    ],
  },
  {
    name: "says that a corrupted session does not exist",
    open: methods((inner) => ({
      exists: async (id) =>
        (await inner.exists(id)) &&
        (await inner.head(id).then(
          () => true,
          () => false,
        )),
    })),
    trips: ["exists.agrees-on-corrupted", "reads.folder-in-place"],
  },
  {
    name: "loads a damaged transcript as far as it can be read",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override openTranscript: FragileBackend["openTranscript"] = async (key) => {
            if (place.damaged.get(keyText(key)) !== "transcript") return await super.openTranscript(key);
            place.damaged.delete(keyText(key));
            const transcript = await super.openTranscript(key);
            place.damaged.set(keyText(key), "transcript");
            return transcript;
          };
        })(place),
    ),
    trips: ["exists.agrees-on-corrupted", "repair.keeps", "backup.complete"],
  },
  {
    name: "takes a corrupted session for a missing one",
    open: methods((inner) => ({
      load: async (id) => {
        try {
          return await inner.load(id);
        } catch (error) {
          if (SessionStoreError.is(error, "SESSION_CORRUPTED"))
            throw new SessionNotFoundError(id, inner.namespace, inner.location);
          throw error;
        }
      },
    })),
    trips: [
      "exists.agrees-on-corrupted",
      "load.corrupted",
      "reads.folder-in-place",
      "verify.finds",
      "repair.keeps",
      "backup.complete",
    ],
  },
  {
    name: "does not see a folder in a session's place",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          protected override problemOf: FragileBackend["problemOf"] = (key, part) =>
            place.folders.has(keyText(key)) ? null : super.problemOf(key, part);
        })(place),
    ),
    trips: ["reads.folder-in-place"],
  },
  {
    name: "writes when a head is read",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override readHead: FragileBackend["readHead"] = async (key) => {
            const session = place.data.get(key);
            if (session !== null) place.data.set(key, { ...session });
            return await super.readHead(key);
          };
        })(place),
    ),
    trips: ["refuse.newer-format", "reads.never-write"],
  },
  {
    name: "cannot list where it cannot write",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override listPage: FragileBackend["listPage"] = async (namespace, plan) => {
            place.assertWritable();
            return await super.listPage(namespace, plan);
          };
        })(place),
    ),
    trips: ["reads.read-only-media", "fault.disk-full"],
  },
];

export const messageFaults: readonly Fault[] = [
  {
    name: "takes after for an inclusive bound",
    open: methods((inner) => ({
      messages: (id, range) =>
        inner.messages(
          id,
          typeof range?.after === "number" && range.after > 0 ? { ...range, after: range.after - 1 } : range,
        ),
    })),
    trips: ["messages.ranges", "messages.last", "messages.max-bytes"],
  },
  {
    name: "takes limit 0 for no limit",
    open: methods((inner) => ({
      messages: (id, range) => inner.messages(id, range?.limit === 0 ? {} : range),
    })),
    trips: ["messages.bad-range"],
  },
  {
    name: "yields the last ones newest first",
    open: methods((inner) => ({
      messages: (id, range) =>
        inner.messages(
          id,
          Number(range?.last) > 0 && range?.order === undefined ? { ...range, order: "desc" } : range,
        ),
    })),
    trips: ["messages.last", "messages.max-bytes"],
  },
  {
    name: "counts a byte budget in UTF-16 code units",
    open: methods((inner) => ({
      async *messages(id, range) {
        if (!Number.isInteger(range?.maxBytes) || Number(range?.maxBytes) < 0 || range?.order === "desc") {
          yield* inner.messages(id, range);
          return;
        }
        const { maxBytes = 0, ...rest } = range ?? {};
        const entries: Entry[] = [];
        for await (const entry of inner.messages(id, rest)) entries.push(entry);
        let left = maxBytes;
        let first = entries.length;
        while (
          first > 0 &&
          (left >= JSON.stringify(entries[first - 1]?.message).length || first === entries.length)
        )
          left -= JSON.stringify(entries[--first]?.message).length;
        yield* entries.slice(first);
      },
    })),
    trips: ["messages.max-bytes"],
  },
  {
    name: "begins an iteration when it is asked for",
    open: methods((inner) => ({
      messages: (id, range) => {
        const iterator = inner.messages(id, range)[Symbol.asyncIterator]();
        const first = iterator.next();
        first.catch(() => undefined);
        let isFirst = true;
        let isBegun = false;
        return {
          [Symbol.asyncIterator]: () => {
            if (isBegun) return inner.messages(id, range)[Symbol.asyncIterator]();
            isBegun = true;
            return {
              next: () => {
                if (!isFirst) return iterator.next();
                isFirst = false;
                return first;
              },
              return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
            };
          },
        };
      },
    })),
    trips: ["messages.begins-at-first-next"],
  },
  {
    name: "reads the transcript anew for every batch",
    open: methods((inner) => ({
      async *messages(id, range) {
        if (JSON.stringify(range ?? { order: "asc" }) !== '{"order":"asc"}') {
          yield* inner.messages(id, range);
          return;
        }
        for (let after = 0; ; ) {
          const batch: Entry[] = [];
          for await (const entry of inner.messages(id, { after, limit: 500 })) batch.push(entry);
          if (batch.length === 0) return;
          yield* batch;
          after += batch.length;
        }
      },
    })),
    trips: ["close.ends-iterators", "messages.stable"],
  },
  {
    name: "ends an iteration quietly when its session is cut",
    open: methods((inner) => ({
      async *messages(id, range) {
        const before = await inner.head(id);
        for await (const entry of inner.messages(id, range)) {
          yield entry;
          const now = await inner.head(id).catch(() => null);
          if (now === null || now.messageCount < before.messageCount) return;
        }
      },
    })),
    trips: ["close.ends-iterators", "messages.stable"],
  },
  {
    name: "cannot delete while an iteration is open",
    open: methods((inner) => {
      const open = new Map<string, number>();
      const count = (id: string, by: number): void => void open.set(id, (open.get(id) ?? 0) + by);
      return {
        async *messages(id, range) {
          count(id, 1);
          try {
            yield* inner.messages(id, range);
          } finally {
            count(id, -1);
          }
        },
        delete: async (id, options) => {
          if ((open.get(id) ?? 0) > 0) throw new SessionStoreError("SESSION_DELETE_FAILED", "in use");
          return await inner.delete(id, options);
        },
      };
    }),
    trips: ["messages.abandoned"],
  },
];
