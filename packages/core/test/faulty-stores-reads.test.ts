import { acrossFaults } from "./contract/across-faults.js";
import { backupFaults } from "./contract/backup-faults.js";
import { bindFaultyStores } from "./contract/bind-faulty-stores.js";
import { forkFaults, truncateFaults } from "./contract/copy-faults.js";
import { damageFaults, repairFaults } from "./contract/damage-faults.js";
import { deleteFaults } from "./contract/delete-faults.js";
import { iterationFaults } from "./contract/iteration-faults.js";
import { listFaults } from "./contract/list-faults.js";
import { listingFaults } from "./contract/listing-faults.js";
import { lockFaults } from "./contract/lock-faults.js";
import { lockWaitFaults } from "./contract/lock-wait-faults.js";
import { processFaults } from "./contract/process-faults.js";
import { racingFaults } from "./contract/racing-faults.js";
import { messageFaults, readFaults } from "./contract/read-faults.js";
import { readResourceFaults } from "./contract/read-resource-faults.js";
import { restoreFaults } from "./contract/restore-faults.js";
import { searchFaults } from "./contract/search-faults.js";

bindFaultyStores("faulty truncate, fork and restore", [...truncateFaults, ...forkFaults, ...restoreFaults]);
bindFaultyStores("faulty reads", [
  ...readFaults,
  ...messageFaults,
  ...readResourceFaults,
  ...iterationFaults,
  ...racingFaults,
]);
bindFaultyStores("faulty list", [...listFaults, ...listingFaults]);
bindFaultyStores("faulty search", searchFaults);
bindFaultyStores("faulty delete", deleteFaults);
bindFaultyStores("faulty locks", [...lockFaults, ...lockWaitFaults]);
bindFaultyStores("faulty crash safety and repair", [...damageFaults, ...repairFaults]);
bindFaultyStores("faulty sharing between processes", processFaults);
bindFaultyStores("faulty migration, backup and errors", [...backupFaults, ...acrossFaults]);
