import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Message } from "@agent-sessions/core";
import type { CurvePlan, CurvePoint, CurveSeries } from "../curve.js";
import { MessageGenerator } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { BACKENDS, type Backend, openBackend } from "../open-backend.js";
import { type RowContext, type Scale, scaled } from "../row.js";
import { median } from "../statistics.js";
import type { StoreSpec } from "../store-spec.js";

const LENGTHS = [10, 100, 1000, 10_000, 100_000];
const APPENDS = 200;
const WARM_UP = 30;
/** A whole file is written so many times only: each time costs as much as all of it. */
const WHOLE_FILE_APPENDS = 8;
const WHOLE_FILE_LENGTHS = [10, 100, 1000, 10_000];

export const appendByLength: CurvePlan = {
  id: "append-by-length",
  title: "One append, by the length of the session",
  promise: "flat: an append costs the same at 10 and at 100,000 messages",
  xLabel: "messages in the session",
  yLabel: "relaxed append, median",
  unit: "ms",
  xIsScaled: true,
  needs: (scale) =>
    BACKENDS.flatMap((backend) => LENGTHS.map((length) => storeOf(backend, scaled(length, scale)))),
  measure: async (context) => {
    const series: CurveSeries[] = [];
    for (const backend of BACKENDS)
      series.push({ name: backend, points: await measureBackend(context, backend) });
    series.push({ name: "whole-file JSON", points: await measureWholeFile(context) });
    return series;
  },
};

function storeOf(backend: Backend, messages: number): StoreSpec {
  return { backend, shape: "long", messages };
}

async function measureBackend({ stores, scale }: RowContext, backend: Backend): Promise<CurvePoint[]> {
  const message = new MessageGenerator().message();
  const points: CurvePoint[] = [];
  for (const length of atScale(LENGTHS, scale)) {
    const store = await openBackend(backend, stores.path(storeOf(backend, length)), {
      durability: "relaxed",
    });
    const samples: number[] = [];
    for (let done = -WARM_UP; done < APPENDS; done++) {
      const took = await timed(() => store.append("long", message));
      if (done >= 0) samples.push(took);
    }
    await store.close();
    points.push({ x: length, y: median(samples) });
  }
  return points;
}

/** What many agent tools do: read the file, add the message, write the file anew beside it, rename. */
async function measureWholeFile({ scratch, scale }: RowContext): Promise<CurvePoint[]> {
  const generator = new MessageGenerator();
  const points: CurvePoint[] = [];
  for (const length of atScale(WHOLE_FILE_LENGTHS, scale)) {
    const file = scratch.path("session.json");
    writeFileSync(file, JSON.stringify({ messages: generator.messages(length, 60) }));
    const samples: number[] = [];
    for (let done = -1; done < WHOLE_FILE_APPENDS; done++) {
      const took = await timed(() => rewriteWith(file, generator.message()));
      if (done >= 0) samples.push(took);
    }
    points.push({ x: length, y: median(samples) });
  }
  return points;
}

function rewriteWith(file: string, message: Message): void {
  const session = JSON.parse(readFileSync(file, "utf8")) as { messages: Message[] };
  session.messages.push(message);
  writeFileSync(`${file}.tmp`, JSON.stringify(session));
  renameSync(`${file}.tmp`, file);
}

function atScale(lengths: readonly number[], scale: Scale): number[] {
  return lengths.map((length) => scaled(length, scale));
}
