import type { Scenario } from "../scenario.js";
import { addTo } from "../tally.js";
import { duringWrites } from "./during-writes.js";

export const backup: Scenario = {
  name: "backup",
  title: "a backup taken during writes opens, is sound, and holds a prefix of each session",
  notApplicable: ({ hasBackup }) => (hasBackup ? null : "its server has backups of its own"),
  async run(ground) {
    const { backend, size, start, tally } = ground;
    for (let round = 1; ground.nextRound(); round++) {
      await duringWrites(ground, round, async ({ place, steady }) => {
        const count = size === "short" ? 2 : 20;
        const copies = Array.from({ length: count }, (_, index) => {
          const target = `${place}-copy-${index}`;
          return { target, opener: backend.opener(target) };
        });
        const worker = await start("backUp", backend.opener(place), { copies, steady });
        worker.go();
        const done = await worker.result;
        addTo(tally, { wrong: done?.wrong ?? [] });
        if (done?.backups === 0) tally.wrong.push("no backup was made");
      });
      if (tally.wrong.length > 0) return;
    }
  },
};
