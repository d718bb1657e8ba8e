import { join } from "node:path";
import type { Ground, Scenario } from "../scenario.js";
import { addTo } from "../tally.js";
import { ledgerOf, WriterLog } from "../writer-log.js";

/** A shared session is left for a new one after so many rounds: every check reads them all. */
const ROUNDS_PER_SESSION = 8;

export const crash: Scenario = {
  name: "crash",
  title: "writers are killed at random moments: what was acknowledged is there, once, in order",
  async run(ground) {
    const count = ground.size === "short" ? 3 : 4;
    const logs = Array.from({ length: count }, (_, index) => new WriterLog(`w${index}`));
    for (let round = 1; ground.nextRound(); round++) {
      const shared = `shared-${Math.ceil(round / ROUNDS_PER_SESSION)}`;
      await writeAndKill(ground, logs, shared, round);
      await check(ground, logs);
      if (ground.tally.wrong.length > 0) return;
    }
  },
};

async function writeAndKill(
  ground: Ground,
  logs: readonly WriterLog[],
  shared: string,
  round: number,
): Promise<void> {
  const { backend, folder, random, size, tally } = ground;
  const opener = backend.opener(join(folder, "store"));
  const before = logs.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const writers = await Promise.all(
    logs.map((log) => {
      const { writer, family, nextNumber, nextStep } = log;
      const seed = `${random.between(0, 2 ** 31)} ${writer} ${round}`;
      return ground.start(
        "writeFamily",
        opener,
        { writer, seed, family, shared, nextNumber, nextStep },
        log.hear,
      );
    }),
  );
  const ends = writers.map(async (writer, index) => {
    // Somewhere in the writes that follow: nothing waits for the kill to have had an effect.
    await Promise.race([logs[index]?.more(random.between(1, size === "short" ? 30 : 80)), writer.result]);
    await new Promise((resume) => setTimeout(resume, random.between(0, 15)));
    await writer.kill();
    tally.kills++;
    await writer.result;
  });
  for (const writer of writers) writer.go();
  await Promise.all(ends);
  tally.acknowledged += logs.reduce((sum, { acknowledged }) => sum + acknowledged, 0) - before;
}

async function check({ backend, folder, start, tally }: Ground, logs: readonly WriterLog[]): Promise<void> {
  const auditor = await start("audit", backend.opener(join(folder, "store")), {
    ledger: ledgerOf(logs),
    pending: logs.flatMap(({ pendingAppend }) => pendingAppend ?? []),
    families: logs.map(({ audited }) => audited),
    faultsOfACrash: backend.faultsOfACrash,
  });
  auditor.go();
  const audited = await auditor.result;
  if (audited === null) return;
  addTo(tally, audited.tally);
  for (const [index, log] of logs.entries()) log.settle(audited.isAfter[index] === true);
}
