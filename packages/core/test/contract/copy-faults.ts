import type { Entry } from "../../src/session.js";
import { backend, type Fault, methods } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";
import { keyText } from "./fragile-place.js";

export const truncateFaults: readonly Fault[] = [
  {
    name: "keeps one message too many",
    open: methods((inner) => ({
      truncate: async (id, count, options) => {
        const head = await inner.head(id).catch(() => null);
        const isMore = head !== null && Number.isInteger(count) && count > 0 && count + 1 < head.messageCount;
        return await inner.truncate(id, isMore ? count + 1 : count, options);
      },
    })),
    trips: ["truncate.drops-tail", "truncate.then-append", "search.fresh"],
  },
  {
    name: "takes a cut beyond the end for none",
    open: methods((inner) => ({
      truncate: async (id, count, options) => {
        const head = await inner.head(id).catch(() => null);
        return await inner.truncate(
          id,
          head !== null && Number.isInteger(count) && count > head.messageCount ? head.messageCount : count,
          options,
        );
      },
    })),
    trips: ["truncate.bounds"],
  },
  {
    name: "leaves a hole behind a cut",
    open: methods((inner, place) => ({
      truncate: async (id, count, options) => {
        const head = await inner.truncate(id, count, options);
        place.litter.add(`cut ${keyText({ namespace: inner.namespace, id })} ${count}`);
        return head;
      },
      async *messages(id, range) {
        for await (const entry of inner.messages(id, range)) {
          const cut = [...place.litter].find((name) =>
            name.startsWith(`cut ${keyText({ namespace: inner.namespace, id })}`),
          );
          const isBehind = cut !== undefined && entry.seq > Number(cut.split(" ").at(-1));
          yield isBehind ? { ...entry, seq: entry.seq + 1 } : entry;
        }
      },
    })),
    trips: ["truncate.then-append", "leftovers.none"],
  },
];

export const forkFaults: readonly Fault[] = [
  {
    name: "copies the pin into a fork",
    open: methods((inner) => ({
      fork: async (id, options) => {
        const { pinned } = await inner.head(id);
        const head = await inner.fork(id, options);
        return pinned ? await inner.update(head.id, { pinned }) : head;
      },
    })),
    trips: ["fork.copies", "calls.copies-in-order"],
  },
  {
    name: "copies all messages into a fork of a part",
    open: methods((inner) => ({
      fork: (id, options) => {
        const { messageCount, ...rest } = { ...options };
        return inner.fork(id, messageCount === 3 ? rest : options);
      },
    })),
    trips: ["fork.copies", "fork.taken-id"],
  },
  {
    name: "names the first ancestor as the parent",
    open: methods((inner) => ({
      fork: async (id, options) => {
        const { parent } = await inner.head(id);
        const head = await inner.fork(id, options);
        if (parent === null) return head;
        const entries: Entry[] = [];
        for await (const entry of inner.messages(head.id)) entries.push(entry);
        return await inner.restore({
          head: { ...head, parent: { ...parent, messageCount: head.messageCount } },
          entries,
        });
      },
    })),
    trips: ["fork.lineage", "calls.copies-in-order"],
  },
  {
    name: "copies usage into a fork",
    open: methods((inner) => ({
      fork: async (id, options) => {
        const { usage } = await inner.head(id);
        const head = await inner.fork(id, options);
        return usage.inputTokens === 0 ? head : await inner.append(head.id, [], { usage });
      },
    })),
    trips: ["fork.usage-zero", "calls.copies-in-order"],
  },
  {
    name: "forks over what is there",
    open: methods((inner) => ({
      fork: async (id, options) => {
        const target: unknown = options?.id;
        const isOther = typeof target === "string" && target !== "" && target !== id;
        if (isOther && (await inner.exists(id).catch(() => false)))
          await inner.delete(target).catch(() => false);
        return await inner.fork(id, options);
      },
    })),
    trips: ["fork.taken-id", "calls.copies-in-order"],
  },
  {
    name: "deletes forks with their parent",
    open: methods((inner) => ({
      delete: async (id, options) => {
        if (typeof id === "string" && id !== "") {
          const page = await inner.list({ parentId: id }).catch(() => null);
          for (const fork of page?.sessions ?? []) await inner.delete(fork.id);
        }
        return await inner.delete(id, options);
      },
    })),
    trips: ["fork.outlives-parent", "search.fresh", "delete.neighbours", "calls.in-order"],
  },
  {
    name: "copies operations into a fork",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override replace: FragileBackend["replace"] = async (key, entries, seal, context) => {
            const head = await super.replace(key, entries, seal, context);
            const source = head.parent === null ? null : place.data.get({ ...key, id: head.parent.id });
            const fork = place.data.get(key);
            if (source !== null && fork !== null)
              place.data.set(key, { ...fork, operations: new Map(source.operations) });
            return head;
          };
        })(place),
    ),
    trips: ["fork.operations-stay"],
  },
];
