import type { Measurement, Results } from "../src/results.js";
import { summarize } from "../src/statistics.js";

const guarantees = {
  durable: "yes",
  atomic: "yes",
  twoWriters: "nothing | lost",
  search: "index",
  order: "index",
};
const figures = {
  appendTotalMs: 12_000,
  appendAtEndMs: 0.05,
  readLastMs: 0.2,
  deleteMs: 1,
  createMs: 0.5,
  listMs: 3,
  searchMs: 40,
};

export const sampleMeasurement: Measurement = {
  measuredAt: "2026-01-31T12:00:00.000Z",
  machine: {
    processor: "A <fast> processor",
    cores: 2,
    memoryGiB: 8,
    system: "Linux 6 x64",
    fileSystem: "ext4",
    versions: { node: "20.19.0" },
  },
  scale: 1,
};

/** Results of a run that never was, with one of everything. */
export const sampleResults: Results = {
  measured: {
    budget: sampleMeasurement,
    curves: sampleMeasurement,
    tables: sampleMeasurement,
    peers: sampleMeasurement,
  },
  budget: [
    {
      id: "json/append",
      group: "json",
      title: "append",
      ours: "append()",
      limit: "write",
      unit: "ms",
      budget: 1.4,
      tolerance: 0.1,
      oursSummary: summarize([0.3, 0.3, 0.3]),
      limitSummary: summarize([0.25, 0.25, 0.25]),
      estimate: { ratio: 1.2, low: 1.1, high: 1.3 },
      value: 1.2,
      verdict: "met",
    },
    {
      id: "core/size",
      group: "core",
      title: "size",
      ours: "bundled",
      limit: null,
      unit: "kB",
      budget: 15,
      tolerance: 0,
      oursSummary: summarize([18]),
      limitSummary: null,
      estimate: null,
      value: 18,
      verdict: "missed",
    },
  ],
  curves: [
    {
      id: "by-length",
      title: "Appends & lengths",
      promise: "flat",
      xLabel: "messages",
      yLabel: "append, median",
      unit: "ms",
      xIsScaled: true,
      series: [
        {
          name: "json",
          points: [
            { x: 10, y: 0.05 },
            { x: 1000, y: 0.05 },
          ],
        },
        {
          name: "whole file",
          points: [
            { x: 10, y: 0.2 },
            { x: 1000, y: 15 },
          ],
        },
        {
          name: "yaml",
          points: [
            { x: 10, y: 0.05 },
            { x: 1000, y: 0.0501 },
          ],
        },
      ],
    },
  ],
  tables: [
    {
      id: "disk",
      title: "Space",
      note: "On disk.",
      columns: ["a message", "against raw"],
      rows: [
        {
          id: "json",
          title: "json",
          cells: [
            { value: 310, unit: "B" },
            { value: 1.25, unit: "×" },
          ],
        },
      ],
    },
  ],
  peers: [
    {
      id: "sqlite-durable",
      title: "sqlite, durable",
      packages: "",
      isOurs: true,
      isDurable: true,
      guarantees,
      figures,
    },
    {
      id: "keyv",
      title: "keyv on SQLite",
      packages: "keyv 5.6.0",
      isOurs: false,
      isDurable: true,
      guarantees,
      figures: { ...figures, appendAtEndMs: 0.5 },
    },
  ],
};
