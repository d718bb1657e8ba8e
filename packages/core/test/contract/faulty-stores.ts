import { acrossFaults } from "./across-faults.js";
import { appendFaults, operationFaults } from "./append-faults.js";
import { backupFaults } from "./backup-faults.js";
import { forkFaults, truncateFaults } from "./copy-faults.js";
import { createFaults, saveFaults } from "./create-faults.js";
import { damageFaults, repairFaults } from "./damage-faults.js";
import { deleteFaults } from "./delete-faults.js";
import type { Fault } from "./fault.js";
import { idFaults, namespaceFaults } from "./id-faults.js";
import { iterationFaults } from "./iteration-faults.js";
import { listFaults } from "./list-faults.js";
import { listingFaults } from "./listing-faults.js";
import { lockFaults } from "./lock-faults.js";
import { lockWaitFaults } from "./lock-wait-faults.js";
import { openingFaults } from "./opening-faults.js";
import { orderFaults } from "./order-faults.js";
import { processFaults } from "./process-faults.js";
import { racingFaults } from "./racing-faults.js";
import { messageFaults, readFaults } from "./read-faults.js";
import { readResourceFaults } from "./read-resource-faults.js";
import { restoreFaults } from "./restore-faults.js";
import { searchFaults } from "./search-faults.js";
import { updateFaults } from "./update-faults.js";
import { valueFaults } from "./value-faults.js";

/** Every faulty store, in the order of the contract. */
export const faultyStores: readonly Fault[] = [
  ...openingFaults,
  ...orderFaults,
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
  ...readResourceFaults,
  ...iterationFaults,
  ...racingFaults,
  ...listFaults,
  ...listingFaults,
  ...searchFaults,
  ...deleteFaults,
  ...lockFaults,
  ...lockWaitFaults,
  ...damageFaults,
  ...repairFaults,
  ...processFaults,
  ...backupFaults,
  ...acrossFaults,
];
