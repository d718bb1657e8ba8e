import { acrossClauses } from "./across-clauses.js";
import { appendClauses } from "./append-clauses.js";
import { appendOptionClauses } from "./append-option-clauses.js";
import { backupClauses } from "./backup-clauses.js";
import type { Clause } from "./clause.js";
import { crashClauses } from "./crash-clauses.js";
import { createClauses } from "./create-clauses.js";
import { deleteClauses } from "./delete-clauses.js";
import { errorClauses } from "./error-clauses.js";
import { faultClauses, repairClauses } from "./fault-clauses.js";
import { headFieldClauses } from "./head-field-clauses.js";
import { idClauses } from "./id-clauses.js";
import { iterationClauses } from "./iteration-clauses.js";
import { listClauses } from "./list-clauses.js";
import { listPageClauses } from "./list-page-clauses.js";
import { listingClauses } from "./listing-clauses.js";
import { lockBodyClauses } from "./lock-body-clauses.js";
import { lockClauses } from "./lock-clauses.js";
import { messageClauses } from "./message-clauses.js";
import { namespaceClauses } from "./namespace-clauses.js";
import { openingClauses } from "./opening-clauses.js";
import { operationClauses } from "./operation-clauses.js";
import { orderClauses } from "./order-clauses.js";
import { processClauses } from "./process-clauses.js";
import { racingClauses } from "./racing-clauses.js";
import { readClauses } from "./read-clauses.js";
import { readResourceClauses } from "./read-resource-clauses.js";
import { restoreClauses } from "./restore-clauses.js";
import { saveClauses } from "./save-clauses.js";
import { searchClauses } from "./search-clauses.js";
import { searchMatchClauses } from "./search-match-clauses.js";
import { forkClauses, truncateClauses } from "./truncate-clauses.js";
import { updateClauses } from "./update-clauses.js";
import { updateStateClauses } from "./update-state-clauses.js";
import { valueBoundaryClauses } from "./value-boundary-clauses.js";
import { valueClauses } from "./value-clauses.js";

/** The whole contract, group by group. Ids are stable; new clauses come with minors of this package. */
export const clauses: readonly Clause[] = [
  ...openingClauses,
  ...orderClauses,
  ...idClauses,
  ...namespaceClauses,
  ...valueClauses,
  ...valueBoundaryClauses,
  ...headFieldClauses,
  ...createClauses,
  ...saveClauses,
  ...appendClauses,
  ...appendOptionClauses,
  ...operationClauses,
  ...updateClauses,
  ...updateStateClauses,
  ...truncateClauses,
  ...forkClauses,
  ...restoreClauses,
  ...readClauses,
  ...messageClauses,
  ...readResourceClauses,
  ...iterationClauses,
  ...racingClauses,
  ...listClauses,
  ...listPageClauses,
  ...listingClauses,
  ...searchClauses,
  ...searchMatchClauses,
  ...deleteClauses,
  ...lockClauses,
  ...lockBodyClauses,
  ...faultClauses,
  ...repairClauses,
  ...processClauses,
  ...crashClauses,
  ...backupClauses,
  ...acrossClauses,
  ...errorClauses,
];
