import { acrossClauses } from "./across-clauses.js";
import { appendClauses } from "./append-clauses.js";
import type { Clause } from "./clause.js";
import { createClauses, saveClauses } from "./create-clauses.js";
import { deleteClauses } from "./delete-clauses.js";
import { faultClauses, repairClauses } from "./fault-clauses.js";
import { headFieldClauses } from "./head-field-clauses.js";
import { idClauses } from "./id-clauses.js";
import { listClauses } from "./list-clauses.js";
import { listingClauses } from "./listing-clauses.js";
import { lockClauses } from "./lock-clauses.js";
import { messageClauses } from "./message-clauses.js";
import { namespaceClauses } from "./namespace-clauses.js";
import { openingClauses } from "./opening-clauses.js";
import { operationClauses } from "./operation-clauses.js";
import { processClauses } from "./process-clauses.js";
import { readClauses } from "./read-clauses.js";
import { restoreClauses } from "./restore-clauses.js";
import { searchClauses } from "./search-clauses.js";
import { forkClauses, truncateClauses } from "./truncate-clauses.js";
import { updateClauses } from "./update-clauses.js";
import { valueClauses } from "./value-clauses.js";

/** The whole contract, group by group. Ids are stable; new clauses come with minors of this package. */
export const clauses: readonly Clause[] = [
  ...openingClauses,
  ...idClauses,
  ...namespaceClauses,
  ...valueClauses,
  ...headFieldClauses,
  ...createClauses,
  ...saveClauses,
  ...appendClauses,
  ...operationClauses,
  ...updateClauses,
  ...truncateClauses,
  ...forkClauses,
  ...restoreClauses,
  ...readClauses,
  ...messageClauses,
  ...listClauses,
  ...listingClauses,
  ...searchClauses,
  ...deleteClauses,
  ...lockClauses,
  ...faultClauses,
  ...repairClauses,
  ...processClauses,
  ...acrossClauses,
];
