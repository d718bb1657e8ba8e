import { acrossFaults } from "./faults/across-faults.js";
import { appendFaults, operationFaults } from "./faults/append-faults.js";
import { forkFaults, restoreFaults, truncateFaults } from "./faults/copy-faults.js";
import { createFaults, saveFaults } from "./faults/create-faults.js";
import { damageFaults, repairFaults } from "./faults/damage-faults.js";
import { deleteFaults } from "./faults/delete-faults.js";
import type { Fault } from "./faults/fault.js";
import { idFaults, namespaceFaults } from "./faults/id-faults.js";
import { listFaults, listingFaults } from "./faults/list-faults.js";
import { lockFaults } from "./faults/lock-faults.js";
import { openingFaults } from "./faults/opening-faults.js";
import { processFaults } from "./faults/process-faults.js";
import { messageFaults, readFaults } from "./faults/read-faults.js";
import { searchFaults } from "./faults/search-faults.js";
import { updateFaults } from "./faults/update-faults.js";
import { valueFaults } from "./faults/value-faults.js";

/** Every faulty store, in the order of the contract. */
export const faultyStores: readonly Fault[] = [
  ...openingFaults,
  ...idFaults,
  ...namespaceFaults,
  ...valueFaults,
  ...createFaults,
  ...saveFaults,
  ...appendFaults,
  ...operationFaults,
  ...updateFaults,
  ...truncateFaults,
  ...forkFaults,
  ...restoreFaults,
  ...readFaults,
  ...messageFaults,
  ...listFaults,
  ...listingFaults,
  ...searchFaults,
  ...deleteFaults,
  ...lockFaults,
  ...damageFaults,
  ...repairFaults,
  ...processFaults,
  ...acrossFaults,
];
