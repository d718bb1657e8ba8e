import { join } from "node:path";
import { openStore } from "../open-store.js";
import type { Ground, Scenario } from "../scenario.js";
import { WriterLog } from "../writer-log.js";

export const locks: Scenario = {
  name: "locks",
  title: "the holders of a lock are killed: those who wait for it go on, and no count is lost",
  async run(ground) {
    for (let round = 1; ground.nextRound(); round++) {
      await killHolders(ground, `round-${round}`);
      if (ground.tally.wrong.length > 0) return;
    }
  },
};

async function killHolders(ground: Ground, session: string): Promise<void> {
  const { backend, folder, random, size, start, tally } = ground;
  const opener = backend.opener(join(folder, "store"));
  // How often each waiter takes the lock.
  const times = size === "short" ? 10 : 20;
  const store = await openStore(opener);
  await store.create({ id: session });
  const logs = Array.from({ length: 4 }, (_, index) => new WriterLog(`w${index}`));
  const waiters = await Promise.all(
    logs.map((log) => start("countUnderLock", opener, { session, key: log.writer, times }, log.hear)),
  );
  await holdAndKill(ground, session, () => {
    for (const waiter of waiters) waiter.go();
  });
  // Two of them are killed as well, wherever they are; the others must come to their end.
  for (const waiter of waiters.slice(0, 2)) {
    await new Promise((resume) => setTimeout(resume, random.between(0, 60)));
    await waiter.kill();
    tally.kills++;
  }
  await Promise.all(waiters.map(({ result }) => result));
  const { state } = await store.head(session);
  const count = (key: string): number => Number(state[key] ?? 0);
  for (const { writer, acknowledged, pendingAppend } of logs) {
    tally.acknowledged += acknowledged;
    const most = acknowledged + (pendingAppend === null ? 0 : 1);
    if (count(writer) < acknowledged || count(writer) > most) {
      tally.lost += Math.max(0, acknowledged - count(writer));
      tally.wrong.push(`${session}: ${writer} counted ${acknowledged}, and ${count(writer)} are there`);
    }
  }
  const sum = logs.reduce((total, { writer }) => total + count(writer), 0);
  if (sum !== count("all"))
    tally.wrong.push(`${session}: ${sum} counts make ${count("all")}: two held the lock`);
  await store.close();
}

/** A process takes the lock; the others begin to wait for it; it is killed with the lock in its hand. */
async function holdAndKill(
  { backend, folder, random, start, tally }: Ground,
  session: string,
  begin: () => void,
): Promise<void> {
  let isHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const holder = await start("holdLock", backend.opener(join(folder, "store")), { session }, isHeld);
  holder.go();
  await Promise.race([held, holder.result]);
  begin();
  await new Promise((resume) => setTimeout(resume, random.between(0, 200)));
  await holder.kill();
  tally.kills++;
}
