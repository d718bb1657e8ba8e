import fs from "node:fs";
import path from "node:path";
import { MessageGenerator } from "../generated-sessions.js";
import { appendDurablyByHand, lastLine } from "../json-append-by-hand.js";
import { measureSides, timed } from "../measure-sides.js";
import { openBackend } from "../open-backend.js";
import { APPEND_WARM_UP } from "../row.js";
import { estimateRatio, median } from "../statistics.js";

export interface AppendOnSlowDiskInput {
  readonly folder: string;
  /** How much longer each flush takes than this disk needs, in whole milliseconds. */
  readonly slowerMs: number;
  readonly turns: number;
}

export interface AppendOnSlowDiskAnswer {
  /** Medians, in milliseconds. */
  readonly oursMs: number;
  readonly byHandMs: number;
  readonly ratio: number;
}

/** Durable appends to a JSON session and the same calls by hand, by turns, as if the disk were slower. */
export async function appendOnSlowDisk(input: AppendOnSlowDiskInput): Promise<AppendOnSlowDiskAnswer> {
  const disk = slowDownFlushes();
  const root = path.join(input.folder, "store");
  const store = await openBackend("json", root, { durability: "durable" });
  const message = new MessageGenerator().message();
  await store.create({ id: "one" });
  for (let done = 0; done < APPEND_WARM_UP; done++) await store.append("one", message);
  const record = lastLine(path.join(root, "one.jsonl"));
  const byHand = path.join(input.folder, "by-hand.jsonl");
  disk.slowerMs = input.slowerMs;
  const { ours, limit } = await measureSides(
    {
      ours: () => timed(() => store.append("one", message)),
      limit: () => timed(() => appendDurablyByHand(byHand, record)),
      close: () => store.close(),
    },
    { turns: input.turns, warmUp: 20, collectsGarbage: false, timeLimitMs: Number.POSITIVE_INFINITY },
  );
  await store.close();
  return { oursMs: median(ours), byHandMs: median(limit), ratio: estimateRatio(ours, limit).ratio };
}

/** From then on each flush takes longer, by a timer that runs while the event loop goes on, as it does while a disk is at work. */
function slowDownFlushes(): { slowerMs: number } {
  const disk = { slowerMs: 0 };
  const { fdatasync } = fs;
  const slower = (fd: number, done: fs.NoParamCallback): void =>
    fdatasync(fd, (error) => {
      if (disk.slowerMs === 0) done(error);
      else setTimeout(done, disk.slowerMs, error);
    });
  Object.assign(fs, { fdatasync: slower });
  return disk;
}
