/** The process that does a job: told which by its parent, and ended with it. */
import type { ProcessOpener } from "@agent-sessions/core/contract";
import type { JobContext } from "./job.js";
import { type JobName, type JobParameters, jobs } from "./jobs.js";
import { openStore } from "./open-store.js";
import type { WorkerMessage } from "./start-worker.js";

interface Order {
  readonly job: JobName;
  readonly opener: ProcessOpener;
  readonly parameters: JobParameters<JobName>;
}

let isStopped = false;
// Ctrl-C reaches the whole process group; the parent ends its children when it is ready.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());

const order = await new Promise<Order>((resolve) =>
  process.once("message", resolve as (order: unknown) => void),
);
const going = new Promise<void>((resolve) => {
  process.on("message", (message) => {
    if (message === "stop") isStopped = true;
    resolve();
  });
});

try {
  const store = await openStore(order.opener);
  const context: JobContext = {
    store,
    open: openStore,
    tell: (event) => say({ kind: "event", event }),
    isStopped: () => isStopped,
  };
  await say({ kind: "ready" });
  await going;
  const run = jobs[order.job] as (context: JobContext, parameters: unknown) => Promise<unknown>;
  const result = await run(context, order.parameters);
  await store.close();
  await say({ kind: "result", result });
} catch (error) {
  const { code, stack } = error as { readonly code?: unknown; readonly stack?: string };
  await say({ kind: "error", message: `${String(code ?? "no code")}: ${stack ?? String(error)}` });
} finally {
  process.disconnect();
}

/** Resolves when the text is in the pipe, out of this process's hands. */
function say(message: WorkerMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error) => (error === null ? resolve() : reject(error)));
  });
}
