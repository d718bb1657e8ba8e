import { eventLoopTurn } from "../../src/contract/event-loop-turn.js";
import { SessionCorruptedError } from "../../src/errors.js";
import { backend, type Fault } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const racingFaults: readonly Fault[] = [
  {
    name: "reports a session that is deleted while it is listed as unreadable",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override listPage: FragileBackend["listPage"] = async (namespace, plan) => {
            const page = await super.listPage(namespace, plan);
            const lost = (): typeof page.sessions =>
              page.sessions.filter(({ id }) => place.data.get({ namespace, id }) === null);
            // Slow enough for the other writer to come to its delete, and no multiple of its four steps: each list begins at another one.
            for (let turn = 0; turn < 21 && lost().length === 0; turn++) await eventLoopTurn();
            const gone = lost();
            if (gone.length === 0) return page;
            const unreadable = gone.map(({ id }) => ({ id, code: "SESSION_CORRUPTED", message: "ENOENT" }));
            const sessions = page.sessions.filter((session) => !gone.includes(session));
            return { ...page, sessions, unreadable, unreadableCount: unreadable.length };
          };
        })(place),
    ),
    trips: ["reads.racing-deletes"],
  },
  {
    name: "takes a session that is deleted while it is read for a corrupted one",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override openTranscript: FragileBackend["openTranscript"] = async (key) => {
            const transcript = await super.openTranscript(key);
            if (transcript === null) return null;
            // Slow enough for the other writer to come to its delete.
            const isThere = (): boolean => place.data.get(key) !== null;
            for (let turn = 0; turn < 20 && isThere(); turn++) await eventLoopTurn();
            if (isThere()) return transcript;
            throw new SessionCorruptedError(key.id, "memory", null, "ENOENT");
          };
        })(place),
    ),
    trips: ["reads.racing-deletes"],
  },
  {
    name: "lists the temporary copy of a save under way",
    open: backend((place) => {
      const saving = sharedIn(place);
      return new (class extends FragileBackend {
        override mutate: FragileBackend["mutate"] = async (key, decide, options) => {
          let isSave = false;
          const head = await super.mutate(
            key,
            (current) => {
              const commit = decide(current);
              isSave = commit?.keep === 0 && commit.entries.length > 0 && current !== null;
              return commit;
            },
            options,
          );
          if (!isSave) return head;
          saving.add(key.id);
          await eventLoopTurn();
          saving.delete(key.id);
          return head;
        };
        override listPage: FragileBackend["listPage"] = async (namespace, plan) => {
          const page = await super.listPage(namespace, plan);
          const twice = page.sessions.flatMap((row) => (saving.has(row.id) ? [row, row] : [row]));
          return { ...page, sessions: twice };
        };
      })(place);
    }),
    trips: ["reads.racing-deletes"],
  },
  {
    name: "takes a write under way for a torn one",
    open: backend((place) => {
      const writing = sharedIn(place);
      return new (class extends FragileBackend {
        override mutate: FragileBackend["mutate"] = async (key, decide, options) => {
          writing.add(key.id);
          try {
            await eventLoopTurn();
            return await super.mutate(key, decide, options);
          } finally {
            writing.delete(key.id);
          }
        };
        override async *verify(): ReturnType<FragileBackend["verify"]> {
          yield* super.verify();
          for (const id of writing) {
            const message = "ends within a record";
            yield { namespace: "", id, fault: "torn-tail", message, path: null, repairable: true };
          }
        }
      })(place);
    }),
    trips: ["verify.quiet"],
  },
];

const underWay = new WeakMap<object, Set<string>>();

/** The ids of the sessions that any handle on a place is writing to. */
function sharedIn(place: object): Set<string> {
  const ids = underWay.get(place) ?? new Set<string>();
  underWay.set(place, ids);
  return ids;
}
