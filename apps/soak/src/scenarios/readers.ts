import type { Scenario } from "../scenario.js";
import { addTo } from "../tally.js";
import { duringWrites, roundMs } from "./during-writes.js";

export const readers: Scenario = {
  name: "readers",
  title: "list, search, load, messages and verify never give a wrong answer while others write",
  async run(ground) {
    const { backend, random, start, tally } = ground;
    for (let round = 1; ground.nextRound(); round++) {
      await duringWrites(ground, round, async ({ place, steady, changing }) => {
        const reading = await Promise.all(
          [0, 1].map(() => {
            const seed = `${random.between(0, 2 ** 31)}`;
            return start("readOn", backend.opener(place), { seed, steady, changing });
          }),
        );
        for (const reader of reading) reader.go();
        await new Promise((resume) => setTimeout(resume, roundMs(ground)));
        for (const reader of reading) reader.stop();
        for (const { result } of reading) {
          const read = await result;
          addTo(tally, { wrong: read?.wrong ?? [] });
          if (read?.reads === 0) tally.wrong.push("a reader read nothing");
        }
      });
      if (tally.wrong.length > 0) return;
    }
  },
};
