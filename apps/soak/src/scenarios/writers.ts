import { join } from "node:path";
import { EDITOR } from "../jobs/edit-by-hand.js";
import { openStore } from "../open-store.js";
import type { Ground, Scenario } from "../scenario.js";
import { addTo } from "../tally.js";
import { ledgerOf, WriterLog } from "../writer-log.js";

/** Eight processes that append to one session, or to many, and nobody is killed; in text files, a person edits among them. */
export const writers: Scenario = {
  name: "writers",
  title: "many processes append, to one session and to many: none is lost, each keeps its order, all get on",
  async run(ground) {
    for (let round = 1; ground.nextRound(); round++) {
      for (const count of [1, ground.size === "short" ? 3 : 12]) {
        await appendTogether(
          ground,
          Array.from({ length: count }, (_, index) => `round-${round}-${count}-${index}`),
        );
        if (ground.tally.wrong.length > 0) return;
      }
    }
  },
};

async function appendTogether(ground: Ground, sessions: readonly string[]): Promise<void> {
  const { backend, folder, size, tally } = ground;
  const place = join(folder, "store");
  const opener = backend.opener(place);
  const [count, appends] = size === "short" ? [3, 10] : [8, 200];
  await createAll(ground, sessions);
  const logs = Array.from({ length: count }, (_, index) => new WriterLog(`w${index}`));
  const workers = await Promise.all(
    logs.map((log) =>
      ground.start("writeShared", opener, { writer: log.writer, sessions, appends }, log.hear),
    ),
  );
  const editorLog = new WriterLog(EDITOR);
  const editor = await startEditor(ground, place, sessions, editorLog);
  editor?.go();
  for (const worker of workers) worker.go();
  await Promise.race(workers.map(({ result }) => result));
  const starved = logs.filter(({ acknowledged }) => acknowledged === 0);
  // In a short round, one may be done before the machine has let another begin.
  if (size === "full" && starved.length > 0) {
    tally.wrong.push(
      `${starved.map(({ writer }) => writer).join()} wrote nothing while another wrote everything`,
    );
  }
  await Promise.all(workers.map(({ result }) => result));
  editor?.stop();
  await editor?.result;
  const all = [...logs, editorLog];
  tally.acknowledged += all.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  await audit(ground, all, sessions);
}

/** They must be there before a person can open them. */
export async function createAll({ backend, folder }: Ground, sessions: readonly string[]): Promise<void> {
  const store = await openStore(backend.opener(join(folder, "store")));
  for (const id of sessions) await store.create({ id });
  await store.close();
}

function startEditor(
  { backend, random, start }: Ground,
  folder: string,
  sessions: readonly string[],
  log: WriterLog,
): ReturnType<typeof start<"editByHand">> | null {
  if (backend.textFiles === null) return null;
  const seed = `${random.between(0, 2 ** 31)}`;
  return start(
    "editByHand",
    backend.opener(folder),
    { backend: backend.name, folder, sessions, seed },
    log.hear,
  );
}

/** Afterwards the sessions are removed, so that the next round has the store to itself. */
export async function audit(
  { backend, folder, start, tally }: Ground,
  logs: WriterLog[],
  sessions: readonly string[],
): Promise<void> {
  const opener = backend.opener(join(folder, "store"));
  const auditor = await start("audit", opener, {
    ledger: { ...Object.fromEntries(sessions.map((id) => [id, {}])), ...ledgerOf(logs) },
    pending: [],
    families: [],
    faultsOfACrash: [],
  });
  auditor.go();
  const audited = await auditor.result;
  if (audited === null) return;
  addTo(tally, audited.tally);
  if (tally.wrong.length > 0) return;
  const store = await openStore(opener);
  for (const id of sessions) await store.delete(id);
  await store.close();
}
