import { join } from "node:path";
import type { Ground, Scenario } from "../scenario.js";
import { WriterLog } from "../writer-log.js";
import { audit, createAll } from "./writers.js";

/** Processes that append to one session and to some of their own while their server is ended and started again under them. */
export const restarts: Scenario = {
  name: "restarts",
  title: "the server is stopped and killed under its writers: what was acknowledged is there, once, in order",
  notApplicable: ({ server }) => (server === null ? "it has no server that could be restarted" : null),
  async run(ground) {
    for (let round = 1; ground.nextRound(); round++) {
      await appendThroughRestarts(ground, round);
      if (ground.tally.wrong.length > 0) return;
    }
  },
};

async function appendThroughRestarts(ground: Ground, round: number): Promise<void> {
  const { backend, folder, size, tally } = ground;
  const opener = backend.opener(join(folder, "store"));
  const [count, appends] = size === "short" ? [3, 60] : [8, 400];
  const shared = `round-${round}-shared`;
  const logs = Array.from({ length: count }, (_, index) => new WriterLog(`w${index}`));
  const sessionsOf = ({ writer }: WriterLog): string[] => [shared, `round-${round}-${writer}`];
  const sessions = [...new Set(logs.flatMap(sessionsOf))];
  await createAll(ground, sessions);
  const workers = await Promise.all(
    logs.map((log) =>
      ground.start(
        "writeShared",
        opener,
        { writer: log.writer, sessions: sessionsOf(log), appends },
        log.hear,
      ),
    ),
  );
  for (const worker of workers) worker.go();
  let isOver = false;
  const results = Promise.all(workers.map(({ result }) => result)).finally(() => {
    isOver = true;
  });
  results.catch(() => undefined);
  while (!isOver) {
    // Some of them have written since the last time, or all are done.
    await Promise.race([results, Promise.any(logs.map((log) => log.more(ground.random.between(1, 20))))]);
    if (isOver) break;
    await backend.server?.down(ground.random.happens(50) ? "crash" : "stop");
    tally.kills++;
    await backend.server?.up();
  }
  await results;
  tally.acknowledged += logs.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  await audit(ground, logs, sessions);
}
