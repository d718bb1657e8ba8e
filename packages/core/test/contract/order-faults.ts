import { eventLoopTurn } from "../../src/contract/event-loop-turn.js";
import { type Fault, methods } from "./fault.js";
import { openFragile } from "./fragile-harness.js";

export const orderFaults: readonly Fault[] = [
  {
    name: "lets short writes overtake long ones",
    open: methods((inner) => ({
      create: async (init) => {
        if ((init?.messages?.length ?? 0) > 500) await eventLoopTurn();
        return await inner.create(init);
      },
    })),
    trips: ["calls.in-order"],
  },
  {
    name: "forks without waiting for the writes that were called before",
    open: methods((inner, place, options) => ({
      fork: async (id, given) => {
        // Throws when the handle is closed.
        inner.inNamespace(inner.namespace);
        const other = await openFragile(place, { ...options, namespace: inner.namespace });
        return await other.fork(id, given);
      },
    })),
    trips: ["calls.copies-in-order"],
  },
  {
    name: "lets writes that are called after a restore pass it",
    open: methods((inner) => ({
      restore: async (snapshot, options) => {
        inner.inNamespace(inner.namespace);
        await eventLoopTurn();
        return await inner.restore(snapshot, options);
      },
    })),
    trips: ["calls.copies-in-order"],
  },
  {
    name: "answers exists() from memory, without ever giving way to timers",
    open: methods((inner, place) => ({
      exists: async (id) => {
        inner.inNamespace(inner.namespace);
        return place.data.get({ namespace: inner.namespace, id }) !== null || (await inner.exists(id));
      },
    })),
    trips: ["calls.let-timers-run"],
  },
];
