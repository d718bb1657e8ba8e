import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { eventLoopTurn } from "../../src/contract/event-loop-turn.js";
import { type Fault, methods } from "./fault.js";

const memoryModule = createRequire(import.meta.url).resolve("@agent-sessions/core/memory");
const remoteModule = new URL("remote-store.mjs", import.meta.url).href;

/** Shares its data with other processes. */
const shared = methods((inner) => {
  // What a killed process wrote last, and let go of, shows once its connection is read to the end.
  const seeingTheDead = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let turn = 0; turn < 20; turn++) await eventLoopTurn();
    return await call();
  };
  return {
    capabilities: { ...inner.capabilities, multiProcess: true },
    load: (id) => seeingTheDead(() => inner.load(id)),
    append: (id, messages, options) => seeingTheDead(() => inner.append(id, messages, options)),
  };
});

/** A fault of the store that other processes open; see remote-store.mjs. It is tried on what opens processes. */
function remote(name: string, fault: string, trips: readonly string[]): Fault {
  return {
    name,
    among: "processes",
    open: shared,
    openInProcess: (port) => ({
      module: remoteModule,
      exportName: "openRemoteStore",
      options: { port, fault },
    }),
    trips,
    // What it restores it collects first, whatever else it does: memory on the other side of a socket has no other way.
    alsoTrips: ["restore.streams"],
  };
}

export const processFaults: readonly Fault[] = [
  {
    name: "declares that processes share its data, and gives each of them data of its own",
    among: "processes",
    open: methods((inner) => ({ capabilities: { ...inner.capabilities, multiProcess: true } })),
    openInProcess: () => ({
      module: pathToFileURL(memoryModule).href,
      exportName: "openMemorySessionStore",
      options: {},
    }),
    trips: [
      "create.one-winner-processes",
      "append.order-processes",
      "update.function-atomic-processes",
      "append.operation-id-processes",
      "list.processes",
      "lock.excludes-processes",
      "lock.dead-holder",
      "crash.kill",
      "restore.streams",
      "lock.workers",
      "close.lets-processes-exit",
    ],
  },
  {
    ...remote("collects the entries of a restore before it writes them", "none", ["restore.streams"]),
    alsoTrips: [],
  },
  remote("looks whether an id is taken, and then creates", "looks before it creates", [
    "create.one-winner-processes",
  ]),
  remote("appends by reading all and writing all", "appends by rewriting", ["append.order-processes"]),
  remote("updates without a lock that other processes see", "updates without a lock", [
    "update.function-atomic-processes",
    "lock.workers",
  ]),
  remote("remembers operations in its own process only", "forgets operations", [
    "append.operation-id-processes",
  ]),
  remote("keeps a renamed title in its own process", "keeps titles to itself", ["list.processes"]),
  remote("locks only its own process", "locks only its own process", [
    "update.function-atomic-processes",
    "lock.excludes-processes",
    "lock.dead-holder",
    "lock.workers",
  ]),
  remote("lets threads of one process share its locks", "locks nothing in threads", ["lock.workers"]),
  remote("acknowledges a write before it is made", "acknowledges before it writes", [
    "append.order-processes",
    "append.operation-id-processes",
    "crash.kill",
    "close.lets-processes-exit",
  ]),
  remote("restores piece by piece, in sight of everybody", "restores piece by piece", ["restore.killed"]),
  {
    ...remote("keeps a timer running after it was closed", "keeps a timer running", [
      "close.lets-processes-exit",
    ]),
    hangs: true,
  },
];
