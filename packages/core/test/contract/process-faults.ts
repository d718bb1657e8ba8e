import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Fault, methods } from "./fault.js";

const memoryModule = createRequire(import.meta.url).resolve("@agent-sessions/core/memory");

export const processFaults: readonly Fault[] = [
  {
    name: "declares that processes share its data, and gives each of them data of its own",
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
      "lock.workers",
      "close.lets-processes-exit",
    ],
  },
];
