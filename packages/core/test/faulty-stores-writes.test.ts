import { appendFaults, operationFaults } from "./contract/append-faults.js";
import { bindFaultyStores } from "./contract/bind-faulty-stores.js";
import { createFaults, saveFaults } from "./contract/create-faults.js";
import { idFaults, namespaceFaults } from "./contract/id-faults.js";
import { openingFaults } from "./contract/opening-faults.js";
import { orderFaults } from "./contract/order-faults.js";
import { updateFaults } from "./contract/update-faults.js";
import { valueFaults } from "./contract/value-faults.js";

bindFaultyStores("faulty opening, closing and order", [...openingFaults, ...orderFaults]);
bindFaultyStores("faulty ids and namespaces", [...idFaults, ...namespaceFaults]);
bindFaultyStores("faulty values", valueFaults);
bindFaultyStores("faulty create and save", [...createFaults, ...saveFaults]);
bindFaultyStores("faulty append", [...appendFaults, ...operationFaults]);
bindFaultyStores("faulty update", updateFaults);
