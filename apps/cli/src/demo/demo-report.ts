import type { ImportReport } from "../import-report.js";
import type { ImportProblems } from "../print-import-problems.js";

/** The steps of the main job, in the order in which they run and are printed. */
export const STEPS = ["import", "append", "load", "list", "search", "fork", "delete", "verify"] as const;
export type Step = (typeof STEPS)[number];

/** How one backend did the main job. */
export interface BackendReport {
  readonly backend: string;
  /** The store's URL, as `--store` takes it. */
  readonly store: string;
  readonly sessions: number;
  readonly messages: number;
  /** Milliseconds of each step that was reached. */
  readonly stepsMs: Partial<Readonly<Record<Step, number>>>;
  readonly bytesOnDisk: number;
  /** Whether every answer was the expected one. */
  readonly verified: boolean;
  /** The first answer that was not, or null. */
  readonly problem: string | null;
}

/** One hop of the migration round. */
export interface HopReport {
  readonly from: string;
  readonly to: string;
  readonly store: string;
  readonly sessions: number;
  /** Sessions whose digest, read back, equals the one in the store where the round began. */
  readonly equalDigests: number;
  readonly ms: number;
  readonly bytesOnDisk: number;
  readonly verified: boolean;
  readonly problem: string | null;
}

export interface DemoReport {
  /** Where the files are. */
  readonly folder: string;
  readonly sources: readonly string[];
  readonly backends: readonly BackendReport[];
  /** Sessions whose digest is the same on all backends, after the same work. */
  readonly equalAcrossBackends: number;
  readonly migration: readonly HopReport[];
  /** What the sources hold; what of it was not imported, and why. */
  readonly input: ImportProblems & Pick<ImportReport, "found" | "imported" | "messages">;
  /** Whether all of it went well; the exit code says the same. */
  readonly ok: boolean;
}
