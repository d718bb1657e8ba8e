import { bindFaultyStores } from "./contract/bind-faulty-stores.js";
import { appendFaults, operationFaults } from "./contract/faults/append-faults.js";
import { createFaults, saveFaults } from "./contract/faults/create-faults.js";
import { idFaults, namespaceFaults } from "./contract/faults/id-faults.js";
import { openingFaults } from "./contract/faults/opening-faults.js";
import { updateFaults } from "./contract/faults/update-faults.js";
import { valueFaults } from "./contract/faults/value-faults.js";

bindFaultyStores("faulty opening and closing", openingFaults);
bindFaultyStores("faulty ids and namespaces", [...idFaults, ...namespaceFaults]);
bindFaultyStores("faulty values", valueFaults);
bindFaultyStores("faulty create and save", [...createFaults, ...saveFaults]);
bindFaultyStores("faulty append", [...appendFaults, ...operationFaults]);
bindFaultyStores("faulty update", updateFaults);
