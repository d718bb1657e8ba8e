import assert from "node:assert/strict";
import { it } from "vitest";
import { clauses } from "../src/contract.js";
import { faultyStores } from "./contract/faulty-stores.js";

/** Clauses that no faulty store fails yet, with the reason. It may only shrink. */
const WITHOUT_KILL: Readonly<Record<string, string>> = {};

it("every clause is failed by at least one faulty store", () => {
  const killed = new Set(faultyStores.flatMap(({ trips }) => trips));
  const alive = clauses.map(({ id }) => id).filter((id) => !killed.has(id));
  assert.deepEqual(alive, Object.keys(WITHOUT_KILL));
});

it("every faulty store fails a clause, has a name of its own and names only clauses that there are", () => {
  const ids = new Set(clauses.map(({ id }) => id));
  for (const { name, trips } of faultyStores) {
    assert.ok(trips.length > 0, `a store that ${name} fails nothing`);
    for (const id of trips)
      assert.ok(ids.has(id), `a store that ${name} is said to fail ${id}, which is no clause`);
  }
  assert.equal(new Set(faultyStores.map(({ name }) => name)).size, faultyStores.length);
});
