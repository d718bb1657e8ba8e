import { mkdir } from "node:fs/promises";
import path from "node:path";
import { digest, migrate, type SessionStore, snapshotOf } from "@agent-sessions/core";
import { readSessions } from "@agent-sessions/formats";
import { type ImportReport, isFailure } from "../import-report.js";
import { importSessions } from "../import-sessions.js";
import { storeUrl } from "../store-url.js";
import { bytesOnDisk } from "./bytes-on-disk.js";
import { checkEqual } from "./check.js";
import { type BackendReport, type DemoReport, type HopReport, STEPS, type Step } from "./demo-report.js";
import { EXERCISES } from "./exercise-store.js";
import { type ExpectedSession, expectedSession } from "./expected-sessions.js";

export interface DemoOptions {
  /** An empty folder that the demo may fill. */
  readonly folder: string;
  /** Session files and folders. */
  readonly sources: readonly string[];
  readonly signal: AbortSignal;
  /** Opens a store, runs the body and closes the store. */
  readonly withStoreAt: <T>(
    url: string,
    options: Readonly<Record<string, unknown>>,
    body: (store: SessionStore) => Promise<T>,
  ) => Promise<T>;
}

const BACKENDS = ["json", "yaml", "sqlite"] as const;
/** Where the migration goes, hop by hop, from the store that did the main job on the first of these. */
const ROUND = ["json", "yaml", "sqlite", "json"] as const;

/** The main job on every backend, then the migration round; checks every answer and never throws for a wrong one. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { folder, sources, withStoreAt } = options;
  const input = await withStoreAt(
    "memory:",
    {},
    async (store) => await importSessions(store, sources, options),
  );
  const startedAt = Date.now();
  const runs: BackendRun[] = [];
  // Without a session there is nothing to do the main job on, and the report's input says why.
  for (const backend of input.imported === 0 ? [] : BACKENDS)
    runs.push(await runBackend(backend, startedAt, input, options));
  const equalAcrossBackends = countEqual(runs.map(({ digests }) => digests));
  const migration = await runMigration(runs[0], options);
  const isWhole =
    input.failures.length + input.conflicts.length === 0 &&
    input.imported > 0 &&
    !input.others.some(isFailure);
  return {
    folder,
    sources,
    backends: runs.map(({ report }) => report),
    equalAcrossBackends,
    migration,
    input,
    ok:
      isWhole &&
      equalAcrossBackends === input.imported &&
      runs.every(({ report }) => report.verified) &&
      migration.length === ROUND.length - 1 &&
      migration.every(({ verified }) => verified),
  };
}

type Digests = ReadonlyMap<string, string>;

interface BackendRun {
  readonly report: BackendReport;
  /** Of each session as the store holds it in the end. */
  readonly digests: Digests;
}

async function runBackend(
  backend: string,
  startedAt: number,
  input: ImportReport,
  options: DemoOptions,
): Promise<BackendRun> {
  const place = await placeFor(path.join(options.folder, backend), backend);
  const sessions = await readExpected(options, input);
  // The same moments on every backend: afterwards their sessions must be equal to the last byte.
  const clock = { now: startedAt };
  const stepsMs: Partial<Record<Step, number>> = {};
  let problem: string | null = null;
  let digests: Digests = new Map();
  try {
    digests = await options.withStoreAt(place.url, { clock: () => clock.now }, async (store) => {
      for (const step of STEPS) {
        options.signal.throwIfAborted();
        const from = performance.now();
        await EXERCISES[step]({ store, sources: options.sources, sessions, clock }).catch(
          (cause: unknown) => {
            throw new Error(`${step}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
          },
        );
        stepsMs[step] = performance.now() - from;
      }
      return await digestsOf(
        store,
        sessions.map(({ head }) => head.id),
      );
    });
  } catch (error) {
    options.signal.throwIfAborted();
    problem = error instanceof Error ? error.message : String(error);
  }
  const report: BackendReport = {
    backend,
    store: place.url,
    sessions: sessions.length,
    messages: sessions.reduce((sum, { entries }) => sum + entries.length, 0),
    stepsMs,
    bytesOnDisk: await bytesOnDisk(place.folder),
    verified: problem === null,
    problem,
  };
  return { report, digests };
}

/** What the files hold, read anew for each backend; a second session of an id that came before is left out, as by the import. */
async function readExpected(
  { sources, signal }: DemoOptions,
  input: ImportReport,
): Promise<ExpectedSession[]> {
  const sessions = new Map<string, ExpectedSession>();
  const failed = new Set(input.failures.map(({ id }) => id));
  for await (const item of readSessions(sources, { signal })) {
    if (item.kind !== "session") continue;
    const { id } = item.snapshot.head;
    if (!sessions.has(id) && !failed.has(id)) sessions.set(id, await expectedSession(item));
  }
  return [...sessions.values()];
}

async function runMigration(
  first: BackendRun | undefined,
  options: DemoOptions,
): Promise<readonly HopReport[]> {
  if (first === undefined || !first.report.verified) return [];
  const hops: HopReport[] = [];
  let source = first.report.store;
  for (const [index, to] of ROUND.slice(1).entries()) {
    const hop = await runHop(source, ROUND[index] ?? "", to, index + 1, first.digests, options);
    hops.push(hop);
    if (!hop.verified) break;
    source = hop.store;
  }
  return hops;
}

async function runHop(
  source: string,
  from: string,
  to: string,
  number: number,
  expected: Digests,
  options: DemoOptions,
): Promise<HopReport> {
  const place = await placeFor(path.join(options.folder, "migrated", `${number}-${to}`), to);
  const startedAt = performance.now();
  let problem: string | null = null;
  let equalDigests = 0;
  let ms = 0;
  try {
    await options.withStoreAt(source, {}, async (sourceStore) => {
      await options.withStoreAt(place.url, {}, async (target) => {
        const report = await migrate(sourceStore, target, { signal: options.signal });
        ms = performance.now() - startedAt;
        checkEqual("failed or conflicting sessions", [...report.failed, ...report.conflicts], []);
        checkEqual("copied sessions", report.copied, expected.size);
        checkEqual("sessions verified by migrate", report.verified, expected.size);
        // Against the digests of the first store, not of the store before: errors of two hops must not cancel out.
        equalDigests = countEqual([expected, await digestsOf(target, [...expected.keys()])]);
        checkEqual("sessions with an equal digest", equalDigests, expected.size);
        const again = await migrate(sourceStore, target, { signal: options.signal });
        checkEqual("sessions that a second run leaves alone", again.unchanged, expected.size);
      });
    });
  } catch (error) {
    options.signal.throwIfAborted();
    problem = error instanceof Error ? error.message : String(error);
  }
  return {
    from,
    to,
    store: place.url,
    sessions: expected.size,
    equalDigests,
    ms,
    bytesOnDisk: await bytesOnDisk(place.folder),
    verified: problem === null,
    problem,
  };
}

/** A store of its own in a folder of its own. */
async function placeFor(
  folder: string,
  backend: string,
): Promise<{ readonly folder: string; readonly url: string }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { folder, url: storeUrl(backend, backend === "sqlite" ? path.join(folder, "sessions.db") : folder) };
}

async function digestsOf(store: SessionStore, ids: readonly string[]): Promise<Digests> {
  const digests = new Map<string, string>();
  for (const id of ids) digests.set(id, await digest(await snapshotOf(store, id)));
  return digests;
}

/** How many ids have one and the same digest in all of them. */
function countEqual([first, ...others]: readonly Digests[]): number {
  const entries = [...(first ?? [])];
  return entries.filter(([id, value]) => others.every((other) => other.get(id) === value)).length;
}
