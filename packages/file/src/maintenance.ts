/** Checking, mending, copying and measuring a whole store. Loaded when first needed: most programs never do. */
export { backupStore } from "./backup-store.js";
export { countStorage } from "./count-storage.js";
export { repairStore } from "./repair-store.js";
export { verifyStore } from "./verify-store.js";
