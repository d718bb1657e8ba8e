import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ContractHarness, noHooks, runContract } from "@agent-sessions/core/contract";
import { openStore } from "../open-store.js";
import type { Ground, Scenario } from "../scenario.js";

/** What kills writers and lets processes race, again and again. */
const CLAUSES = ["crash.kill", "reads.racing-deletes", "verify.quiet"];
/** A net for a clause that hangs, on a busy machine: each takes about a second a round at worst. In milliseconds. */
const CLAUSE_TIMEOUT_MS = 300_000;

export const contract: Scenario = {
  name: "contract",
  title: "the contract's clauses about kills and races hold over many more rounds than in a test run",
  async run(ground) {
    const { size, tally } = ground;
    const harness = await harnessOf(ground);
    const rounds = size === "short" ? 2 : 50;
    while (ground.nextRound()) {
      const { passed, failed, notApplicable } = await runContract(harness, {
        only: CLAUSES,
        rounds,
        clauseTimeoutMs: CLAUSE_TIMEOUT_MS,
      });
      // One writer is killed a round.
      if (passed.some(({ id }) => id === "crash.kill")) tally.kills += rounds;
      for (const { reason } of failed) tally.wrong.push(reason);
      for (const { id, reason } of notApplicable) tally.wrong.push(`${id} did not run: ${reason}`);
      if (tally.wrong.length > 0) return;
    }
  },
};

/** A harness without hooks: what needs one is for the backend's own tests. */
async function harnessOf({ backend, folder }: Ground): Promise<ContractHarness<string>> {
  const probe = await openStore(backend.opener(join(folder, "probe")));
  const { capabilities } = probe;
  await probe.close();
  return {
    name: backend.name,
    capabilities: { ...capabilities, multiProcess: true },
    create: async () => join(await mkdtemp(join(folder, "place-")), "store"),
    open: (path, options) => openStore(backend.opener(path), options),
    openInProcess: backend.opener,
    teardown: (path) => rm(join(path, ".."), { recursive: true, force: true }),
    hooks: noHooks("the soak plants no faults"),
  };
}
