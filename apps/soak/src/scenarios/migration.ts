import { join } from "node:path";
import { digest, type SessionStore, snapshotOf } from "@agent-sessions/core";
import { openStore } from "../open-store.js";
import type { Ground, Scenario } from "../scenario.js";
import { messageOf } from "../texts.js";

const NAMESPACES = ["", "tenant"];

export const migration: Scenario = {
  name: "migration",
  title: "a migration that is killed half way is finished by the next one: every digest is equal",
  async run(ground) {
    const { backend, folder, size, tally } = ground;
    const source = await openStore(backend.opener(join(folder, "source")));
    await fill(source, size === "short" ? 4 : 60);
    for (let round = 1; ground.nextRound(); round++) {
      const place = join(folder, `target-${round}`);
      await killTwice(ground, source, place);
      if (tally.wrong.length > 0) break;
    }
    await source.close();
  },
};

async function fill(source: SessionStore, count: number): Promise<void> {
  for (const namespace of NAMESPACES) {
    const store = source.inNamespace(namespace);
    for (let index = 0; index < count; index++) {
      const messages = Array.from({ length: 1 + (index % 9) * 4 }, (_, at) =>
        messageOf({ tag: `${index}.${at}`, fill: at % 8 === 7 ? 100 : 2 }),
      );
      await store.create({ id: `session ${index}`, labels: [`${index % 3}`], state: { index }, messages });
    }
  }
}

async function killTwice(ground: Ground, source: SessionStore, place: string): Promise<void> {
  const { backend, folder, random, size, start, tally } = ground;
  const target = backend.opener(place);
  for (const isKilled of [true, true, false]) {
    let migrated = 0;
    let killAt = isKilled ? random.between(1, size === "short" ? 4 : 10) : Number.POSITIVE_INFINITY;
    const worker = await start("migrateTo", backend.opener(join(folder, "source")), { target }, () => {
      if (++migrated < killAt) return;
      killAt = Number.POSITIVE_INFINITY;
      tally.kills++;
      void worker.kill();
    });
    worker.go();
    const report = await worker.result;
    const store = await openStore(target);
    await compare(ground, source, store, report !== null);
    await store.close();
    if (report !== null) tally.acknowledged += report.copied;
    for (const { id, code } of report?.failed ?? []) tally.wrong.push(`${id} was not migrated: ${code}`);
    for (const { id } of report?.conflicts ?? []) tally.wrong.push(`${id} is said to differ`);
  }
}

/** What is in the target is in it whole; when the migration is complete, everything is, and nothing is left lying about. */
async function compare(
  { tally }: Ground,
  source: SessionStore,
  target: SessionStore,
  isComplete: boolean,
): Promise<void> {
  for (const namespace of NAMESPACES) {
    const [from, to] = [source.inNamespace(namespace), target.inNamespace(namespace)];
    const { sessions } = await from.list({ limit: 1000 });
    const copied = await to.list({ limit: 1000 });
    const missing = new Set(sessions.map(({ id }) => id));
    for (const { id } of copied.sessions) {
      if (!missing.delete(id)) tally.strays++;
      else if ((await digestIn(from, id)) !== (await digestIn(to, id)))
        tally.wrong.push(`${id} is not the same`);
    }
    tally.unreadable += copied.unreadableCount;
    if (isComplete && missing.size > 0) {
      tally.lost += missing.size;
      tally.wrong.push(`not migrated: ${[...missing].join()}`);
    }
  }
  if (!isComplete) return;
  for await (const { fault, message } of target.verify()) tally.wrong.push(`verify(): ${fault}: ${message}`);
}

async function digestIn(store: SessionStore, id: string): Promise<string> {
  return await digest(await snapshotOf(store, id));
}
