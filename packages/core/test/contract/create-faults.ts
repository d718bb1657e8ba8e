import { eventLoopTurn } from "../../src/contract/event-loop-turn.js";
import { SessionAlreadyExistsError } from "../../src/errors.js";
import { backend, type Fault, methods, withoutExpectation } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const createFaults: readonly Fault[] = [
  {
    name: "shows a field of its own in lists",
    open: methods((inner) => ({
      list: async (query) => {
        const page = await inner.list(query);
        return { ...page, sessions: page.sessions.map((row) => ({ ...row, epoch: "x" })) };
      },
    })),
    trips: ["create.defaults", "load.matches-head"],
  },
  {
    name: "forgets the parent that is given at creation",
    open: methods((inner) => ({
      create: (init) => inner.create(init?.parent == null ? init : { ...init, parent: null }),
    })),
    trips: ["value.head-limits", "create.with-everything"],
  },
  {
    name: "sets createdAt itself",
    open: methods((inner) => ({
      create: (init) => {
        if (
          typeof init?.createdAt !== "string" ||
          init.createdAt.length !== 24 ||
          Number.isNaN(Date.parse(init.createdAt))
        )
          return inner.create(init);
        const { createdAt: _createdAt, ...rest } = init;
        return inner.create(rest);
      },
    })),
    trips: ["create.with-everything", "create.keeps-given-times"],
  },
  {
    name: "creates over what is there",
    open: methods((inner) => ({
      create: async (init) => {
        if (typeof init?.id === "string" && init.id !== "")
          await inner.delete(init.id).catch(() => undefined);
        return await inner.create(init);
      },
    })),
    trips: [
      "id.hostile",
      "id.long",
      "value.owned",
      "create.exclusive",
      "exists.agrees",
      "exists.agrees-on-corrupted",
      "leftovers.none",
      "calls.in-order",
    ],
  },
  {
    name: "looks whether an id is free, then writes",
    open: methods((inner) => ({
      create: async (init) => {
        const { id, messages = [], ...fields } = init ?? {};
        if (typeof id !== "string" || !Array.isArray(messages)) return await inner.create(init);
        if (await inner.exists(id)) throw new SessionAlreadyExistsError(id, inner.location);
        return await inner.save(id, { ...fields, messages });
      },
    })),
    trips: ["value.owned", "create.one-winner", "calls.in-order"],
  },
  {
    name: "creates first and appends the messages afterwards",
    open: methods((inner) => ({
      create: async (init) => {
        if (!Array.isArray(init?.messages) || init.messages.length === 0) return await inner.create(init);
        const { messages, ...rest } = init;
        const head = await inner.create(rest);
        return await inner.append(head.id, messages);
      },
    })),
    trips: [
      "value.refused",
      "value.owned",
      "value.schema",
      "create.with-everything",
      "create.atomic",
      "append.positions",
      "append.batch-atomic",
      "append.empty",
      "append.replace-from",
      "update.fields",
      "update.housekeeping-keeps-updatedAt",
      "truncate.drops-tail",
      "truncate.bounds",
      "restore.replaces",
      "restore.expects-the-present",
      "lock.holder-writes",
      "fault.disk-full",
      "fault.read-only",
      "calls.in-order",
    ],
  },
];

export const saveFaults: readonly Fault[] = [
  {
    name: "sets head fields that are left out of a save to their defaults",
    open: methods((inner) => ({
      save: (id, content, options) =>
        inner.save(
          id,
          isContent(content) ? { title: "", labels: [], usage: {}, ...content } : content,
          options,
        ),
    })),
    trips: ["save.creates-or-replaces"],
  },
  {
    name: "takes a save without messages for an empty one",
    open: methods((inner) => ({
      save: (id, content, options) =>
        inner.save(
          id,
          isContent(content) && content.messages === undefined ? { ...content, messages: [] } : content,
          options,
        ),
    })),
    trips: ["save.needs-messages"],
  },
  {
    name: "takes the expected revision 0 for none",
    open: methods((inner) => ({
      save: (id, content, options) => inner.save(id, content, options?.expectedRevision === 0 ? {} : options),
    })),
    trips: ["save.expected-zero"],
  },
  {
    name: "saves over a newer revision",
    open: methods((inner) => ({
      save: (id, content, options) =>
        inner.save(
          id,
          content,
          Number(options?.expectedRevision) > 0 && Number.isInteger(options?.expectedRevision)
            ? withoutExpectation(options)
            : options,
        ),
    })),
    trips: ["save.expected-revision"],
  },
  {
    name: "does not count a save of what is there already",
    open: methods((inner) => ({
      save: async (id, content, options) => {
        const before = await inner.load(id).catch(() => null);
        if (
          before !== null &&
          JSON.stringify(before.messages) === JSON.stringify(content?.messages) &&
          Object.keys(content).length === 1
        )
          return await inner.head(id);
        return await inner.save(id, content, options);
      },
    })),
    trips: ["save.always-counts", "calls.in-order"],
  },
  {
    name: "forgets operations at a save",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = async (key, decide, options) => {
            let isSave = false;
            const head = await super.mutate(
              key,
              (current) => {
                const commit = decide(current);
                isSave =
                  commit !== null && current !== null && commit.keep === 0 && commit.operation === null;
                return commit;
              },
              options,
            );
            if (isSave) place.data.get(key)?.operations.clear();
            return head;
          };
        })(place),
    ),
    trips: ["save.keeps-operations"],
  },
  {
    name: "empties a session before it saves it",
    open: methods((inner) => ({
      save: async (id, content, options) => {
        const before = await inner.head(id).catch(() => null);
        if (before === null || !Array.isArray(content?.messages) || options !== undefined)
          return await inner.save(id, content, options);
        await inner.truncate(id, 0);
        await eventLoopTurn();
        return await inner.save(id, content);
      },
    })),
    trips: [
      "value.refused",
      "value.schema",
      "value.head-limits",
      "value.preview",
      "value.unknown-keys",
      "save.creates-or-replaces",
      "save.always-counts",
      "save.atomic",
      "calls.in-order",
      "reads.racing-deletes",
    ],
  },
];

function isContent(content: unknown): content is { messages?: unknown[] } & object {
  return typeof content === "object" && content !== null && !Array.isArray(content);
}
